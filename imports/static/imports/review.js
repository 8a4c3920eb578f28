// Keys for the review page. Each key presses a button or follows a link that is on the page anyway.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const help = document.getElementById("keys");
  if (event.target.closest("input:not([type=checkbox]), textarea, select") || (help.open && event.key !== "?")) return;
  if (event.key === "?") {
    help.open ? help.close() : help.showModal();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});
