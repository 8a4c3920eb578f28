// Keeps the progress of a pull or a push fresh while it is under way, without losing the reader's place.
"use strict";

(() => {
  const EVERY = 3000; // milliseconds
  const area = document.getElementById("progress");
  const isUnderWay = () => area.querySelector("[data-under-way=yes]") !== null;

  async function refresh() {
    if (!document.hidden && !area.contains(document.activeElement)) {
      try {
        const answer = await fetch(area.dataset.url, { credentials: "same-origin" });
        if (answer.redirected) return location.reload(); // logged out meanwhile
        if (answer.ok) area.innerHTML = await answer.text();
      } catch {
        // The server cannot be reached just now; the next turn asks again.
      }
    }
    if (isUnderWay()) setTimeout(refresh, EVERY);
  }

  if (isUnderWay()) setTimeout(refresh, EVERY);
})();
