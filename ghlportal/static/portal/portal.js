// What every page gets: the reader's zone for the server, buttons that copy, and one click for one form.
"use strict";

(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `portal_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      field.select(); // an insecure page may not write the clipboard: leave it to the reader's own keys
    }
  });
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

  // The server refuses a second decision; this only spares the reader the message.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-once]")) delete form.dataset.sent;
  });
})();
