// Keys for the review page. Each key presses a button, follows a link or chooses a value that is on the page anyway.
"use strict";

const STEPS = { j: 1, k: -1 };
const SIDES = { o: "[value=ours]", t: "[value=theirs], [value=fill]", e: "[value=other]" };

/** The fields in which there is something to choose, from top to bottom. */
const fieldsShown = () => [...document.querySelectorAll("[data-sides]")].filter((one) => one.checkVisibility());

/** Goes to the next field (1) or the one before (-1); from elsewhere, to the first. */
function goToField(step) {
  const fields = fieldsShown();
  const at = fields.indexOf(document.activeElement.closest("[data-sides]"));
  const to = at < 0 ? fields[0] : fields[Math.max(0, Math.min(fields.length - 1, at + step))];
  to?.querySelector("input:checked")?.focus();
}

/** Chooses a side, in the field where the focus is, or else in the first one. */
function chooseSide(key) {
  const field = document.activeElement.closest("[data-sides]") || fieldsShown()[0];
  if (!field) return;
  if (key === "b") {
    field.querySelector("[type=checkbox]")?.click();
    return;
  }
  const side = field.querySelector(SIDES[key]);
  side?.click();
  side?.focus();
  if (key === "e") field.querySelector("[type=text]").select();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const help = document.getElementById("keys");
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  if (typing && event.key === "Escape") {
    typing.closest("[data-sides]")?.querySelector("input:checked").focus();
  }
  if (typing || (help.open && event.key !== "?")) return;
  if (event.key === "?") {
    help.open ? help.close() : help.showModal();
    return;
  }
  const key = event.key.toLowerCase();
  if (key in STEPS || key in SIDES || key === "b") {
    event.preventDefault();
    key in STEPS ? goToField(STEPS[key]) : chooseSide(key);
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});
