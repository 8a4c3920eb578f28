// Keeps the page of a group right while somebody takes records out or chooses another that leads.
"use strict";

const table = document.querySelector("[data-group]");
const chosen = () => [...table.querySelectorAll("[type=checkbox]")];

/** The leading one first, then the others from left to right, without those taken out: by their numbers. */
function inOrder() {
  const leading = table.querySelector("[name=leads]:checked");
  const first = leading?.closest("td").dataset.of;
  const numbers = chosen().filter((one) => one.checked).map((one) => one.closest("td").dataset.of);
  return numbers.sort((one, other) => (other === first) - (one === first));
}

/** Whoever leads is one of them: the first that is left takes over. */
function letSomebodyLead() {
  const left = inOrder();
  const leads = [...table.querySelectorAll("[name=leads]")];
  leads.forEach((one) => (one.disabled = !left.includes(one.closest("td").dataset.of)));
  if (leads.every((one) => !one.checked || one.disabled)) {
    const next = leads.find((one) => !one.disabled);
    if (next) next.checked = true;
  }
}

function showTogether() {
  letSomebodyLead();
  const order = inOrder();
  for (const cell of table.querySelectorAll("[data-of]")) {
    cell.classList.toggle("is-out", !order.includes(cell.dataset.of));
  }
  for (const cell of table.querySelectorAll("[data-together]")) {
    const values = order.map((number) => cell.parentElement.querySelector(`[data-of="${number}"]`).dataset.value);
    cell.textContent = values.find(Boolean) || "–";
  }
  table.querySelector("[data-together-head]").textContent = "Together";
}

table.addEventListener("change", showTogether);
if (chosen().length) showTogether();
