// A summary that is being made appears when it is there. A click on one of its lines goes to its sentence, as any link
// does, and plays the recording from there.
"use strict";

(() => {
  const EVERY = 3000; // milliseconds
  const summary = () => document.getElementById("summary");

  async function refresh() {
    if (!document.hidden && !summary().contains(document.activeElement)) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        if (answer.redirected) return location.reload(); // logged out meanwhile
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("summary");
        if (answer.ok && fresh) summary().replaceWith(fresh);
      } catch {
        // The server cannot be reached just now; the next turn asks again.
      }
    }
    if (summary().matches("[data-in-line]")) setTimeout(refresh, EVERY);
  }

  if (summary()?.matches("[data-in-line]")) setTimeout(refresh, EVERY);
})();

(() => {
  const player = document.querySelector("#recording audio");
  if (!player) return;
  const says = document.getElementById("recording-says");
  let fetched;

  // The portal streams a recording as GHL does, and in a stream no browser can jump ahead: so it is fetched whole.
  async function fetchWhole() {
    says.textContent = "Fetching the recording…";
    const answer = await fetch(player.getAttribute("src"), { credentials: "same-origin" });
    const kind = answer.headers.get("Content-Type") || "";
    if (!answer.ok) throw new Error(kind.startsWith("text/plain") ? await answer.text() : "It cannot be fetched just now.");
    if (answer.redirected) throw new Error("You are logged out. Load the page again.");
    const sound = URL.createObjectURL(await answer.blob());
    await new Promise((ready, failed) => {
      player.addEventListener("loadedmetadata", ready, { once: true });
      player.addEventListener("error", () => failed(new Error("This browser cannot play it.")), { once: true });
      player.src = sound;
    });
    says.textContent = "";
  }

  document.addEventListener("click", async (event) => {
    const line = event.target.closest("[data-seconds]");
    if (!line) return;
    try {
      fetched = fetched || fetchWhole();
      await fetched;
      player.currentTime = Number(line.dataset.seconds);
      await player.play();
    } catch (problem) {
      fetched = undefined;
      says.textContent = `The recording does not play. ${problem.message}`;
    }
  });
})();
