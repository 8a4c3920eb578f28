// The review desk without waiting: the next record is there at once, and decisions are sent in the background.
import { Outbox } from "./outbox.js";
import { say, sayWhatIsNotDone, sayWhatIsOnItsWay, sayWhatIsSaved } from "./desk_words.js";

const IN_BACKGROUND = new Set(["merge", "approve", "skip", "reject"]);
// Milliseconds in which nobody has looked at a record yet: a key that bounces decides once, and so does a double click.
const TOO_SOON = 250;
const TOO_SOON_FOR_A_CLICK = 500; // as far apart as systems take two clicks for one double click

/** A record's page as the portal gave it. `text` is what it shows, to be compared with what it shows later. */
class Page {
  isDecided = false; // its decision is on its way
  isTouched = false; // somebody chose or wrote something
  isAhead = false; // it was shown before the decision about the one before had been saved

  constructor(doc, address) {
    this.doc = doc;
    this.address = new URL(address, location.href);
    this.record = this.address.pathname.split("/").at(-3);
    const content = doc.getElementById("content").cloneNode(true);
    content.querySelector(".place").remove();
    this.text = content.textContent.replace(/\s+/g, " ");
  }
}

const form = () => document.getElementById("decision");

let current = new Page(document, location.href);
let ahead = null; // the promise of the page that comes next
let undoesNext = false; // the last decision is to be taken back as soon as it has arrived
let isLoggingIn = false;
let wasClicked = false; // the last decision; else it was taken by a key

const outbox = new Outbox({
  by: form().dataset.by,
  token: form().elements.csrfmiddlewaretoken.value,
  answered: (entry, answer) => (answer.outcome === "saved" ? saved(answer) : refused(entry, answer)),
  changed: () => {
    if (outbox.isStuck) {
      undoesNext = false;
      say("");
    }
    sayWhatIsNotDone(outbox, current.record);
  },
});

// ---------------------------------------------------------------- showing records

/** A record's page; null when nothing waits, the login has ended or the portal cannot be reached. */
async function fetchPage(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", signal: AbortSignal.timeout(15_000) });
    if (answer.status !== 200) return null;
    const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
    return doc.getElementById("decision") && new Page(doc, answer.url);
  } catch {
    return null;
  }
}

/** Fetches what comes next while the reviewer looks at this one. */
function lookAhead() {
  const { following } = form().dataset;
  const address = following && new URL(following, location.href);
  for (const entry of outbox.waiting) address?.searchParams.append("without", entry.record);
  ahead = address ? fetchPage(address) : null;
}

/** Puts a page in place of the one shown. `anew`: the same place in the queue, as it is now. */
function show(page, { anew = false } = {}) {
  for (const part of ["nav[aria-label=Breadcrumbs]", "#content"]) {
    document.querySelector(part).replaceWith(page.doc.querySelector(part));
  }
  document.querySelector(".messagelist")?.remove();
  document.getElementById("content-start").prepend(...page.doc.querySelectorAll(".messagelist"));
  document.title = page.doc.title;
  current = page;
  history[anew ? "replaceState" : "pushState"](null, "", page.address);
  if (!anew) {
    scrollTo(0, 0);
    document.querySelector("h1").focus({ preventScroll: true });
    const shown = form();
    shown.dataset.justCame = "";
    setTimeout(() => delete shown.dataset.justCame, wasClicked ? TOO_SOON_FOR_A_CLICK : TOO_SOON);
  }
  sayWhatIsNotDone(outbox, current.record);
  lookAhead();
}

async function goTo(address) {
  const here = current;
  const page = await fetchPage(address);
  if (current !== here) return;
  if (page) show(page);
  else if (navigator.onLine) location.assign(address);
}

/** What is shown may be otherwise by now: through the decision before it, another reviewer, another tab. */
async function lookAgain(address) {
  const here = current;
  const now = await fetchPage(address);
  if (!now || current !== here || here.isDecided) return;
  if (now.record === here.record && now.text === here.text) {
    const place = document.querySelector(".place");
    if (!place.contains(document.activeElement)) place.replaceWith(now.doc.querySelector(".place"));
  } else if (!here.isTouched) {
    show(now, { anew: true });
  }
}

// ---------------------------------------------------------------- deciding

async function decide(decision) {
  const here = current;
  const fields = [...new FormData(form()), ["decision", decision]];
  const [kind, twin] = (form().elements.candidate?.value ?? "").split(":");
  const wrote = form().querySelector("[value=other]:checked"); // may be refused, and is to be mended where it stands
  lock();
  sayWhatIsOnItsWay(form().dataset.name);
  outbox.add({
    url: form().action,
    fields: fields.filter(([name]) => name !== "csrfmiddlewaretoken"),
    record: here.record,
    name: form().dataset.name,
    page: here.address.href,
  });
  const next = wrote ? null : await ahead;
  const goesAlong = next && decision === "merge" && kind === "staged" && next.record === twin;
  if (!next || goesAlong || current !== here) return; // the portal's answer says where to go
  next.isAhead = true;
  show(next);
  if (outbox.waiting.length === 0) lookAgain(next.address); // the answer was quicker than this page
}

function lock() {
  current.isDecided = true;
  form().inert = true;
}

function unlock() {
  current.isDecided = false;
  form().inert = false;
  delete form().dataset.sent;
}

function saved(answer) {
  sayWhatIsSaved(answer, outbox.token);
  if (outbox.waiting.length > 0) return;
  if (undoesNext) return undoLast();
  if (current.isDecided && answer.is_last) location.assign(answer.next);
  else if (current.isDecided) goTo(answer.next);
  else if (current.isAhead) lookAgain(answer.is_last ? current.address : answer.next);
}

/** What is to be taken back has not arrived yet. */
function undoWhenSaved() {
  undoesNext = !outbox.isStuck;
  say(undoesNext ? "Taken back as soon as it is saved …" : "Nothing was taken back: your last decision is not saved yet.");
}

function undoLast() {
  undoesNext = false;
  document.querySelector("[data-key=z]").click();
}

/** Gives a decision up. One that was not saved may have reached the portal: the record's page tells. */
function drop(entry) {
  outbox.drop(entry);
  if (entry.refused) return;
  if (current.record === entry.record) unlock();
  goTo(entry.page);
}

/** Another reviewer was quicker, somebody like this came in meanwhile, or what was written cannot be kept. */
async function refused(entry, answer) {
  say("");
  const here = current;
  if (!here.isDecided || here.record !== entry.record) return;
  const page = answer.outcome === "unusable" ? null : await fetchPage(entry.page);
  if (current !== here) return;
  if (page) show(page, { anew: true });
  else unlock();
}

// ---------------------------------------------------------------- what the reviewer does

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // portal.js: sent once already
  const { target, submitter } = event;
  if (target.id === "decision" && IN_BACKGROUND.has(submitter?.value)) {
    event.preventDefault();
    if ("justCame" in target.dataset) delete target.dataset.sent;
    else if (!current.isDecided) decide(submitter.value);
  } else if (submitter?.dataset.key === "z" && outbox.waiting.length > 0) {
    event.preventDefault();
    delete target.dataset.sent;
    undoWhenSaved();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-undo-when-saved]")) return undoWhenSaved();
  if (event.target.closest(".decision-bar button")) wasClicked = event.detail > 0; // a key's click counts none
  const link = event.target.closest("a[data-in-place]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(link.href);
});

document.addEventListener("input", (event) => {
  if (event.target.closest("#decision")) current.isTouched = true;
});

// ---------------------------------------------------------------- coming back

addEventListener("online", () => outbox.sendAll());
document.getElementById("desk-unsent").addEventListener("click", ({ target }) => {
  const entry = outbox.entries.find((one) => one.url === target.dataset.about);
  if (target.matches("[data-send]")) outbox.sendAll();
  if (target.matches("[data-drop]")) drop(entry);
  if (target.matches("[data-log-in]")) {
    isLoggingIn = true;
    location.reload(); // leads over the login back here, where it is sent
  }
});
addEventListener("beforeunload", (event) => {
  if (outbox.waiting.length > 0 && !isLoggingIn) event.preventDefault();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // the browser kept the page as it was when it was left
});
addEventListener("popstate", () => {
  if (location.href.split("#")[0] !== current.address.href) location.reload();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) lookAgain(current.address); // another tab may have decided
});

if (outbox.waiting.some((entry) => entry.record === current.record)) lock();
lookAhead();
outbox.sendAll();
sayWhatIsNotDone(outbox, current.record);
