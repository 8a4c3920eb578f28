// Keeps the page of a group right while somebody takes records out, or chooses another that leads or another value.
"use strict";

const table = document.querySelector("[data-group]");
const chosen = () => [...table.querySelectorAll("[name=member], [name=person]")];

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

/** Nobody's value is kept who was taken out: then it is as proposed again. */
function chooseAmongThem(row, order) {
  for (const one of row.querySelectorAll("[data-of] [type=radio]")) {
    one.disabled = !order.includes(one.closest("td").dataset.of);
    if (one.checked && one.disabled) row.querySelector("[type=radio][value='']").checked = true;
  }
}

/** What they have together in a field: what was written, chosen, or else the first of them that has something. */
function valueOf(row, order) {
  const side = row.querySelector("[type=radio]:checked");
  if (side?.value === "other") return row.querySelector("[type=text]").value;
  if (side?.value === "empty") return "";
  const owner = side?.closest("[data-of]");
  if (owner) return owner.dataset.value;
  const values = order.map((number) => row.querySelector(`[data-of="${number}"]`).dataset.value);
  return values.find(Boolean);
}

function showTogether() {
  letSomebodyLead();
  const order = inOrder();
  for (const cell of table.querySelectorAll("[data-of]")) {
    cell.classList.toggle("is-out", !order.includes(cell.dataset.of));
  }
  for (const words of table.querySelectorAll("[data-together]")) {
    const row = words.closest("tr");
    chooseAmongThem(row, order);
    words.textContent = valueOf(row, order) || "–";
  }
  table.querySelector("[data-together-head]").textContent = "Together";
}

table.addEventListener("change", showTogether);
table.addEventListener("input", showTogether);
if (chosen().length) showTogether();
