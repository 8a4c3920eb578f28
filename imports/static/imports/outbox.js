// Decisions on their way to the portal. Each stays in this tab, also over a reload, until the portal has answered.
const KEPT_AS = "decisions on their way";
const PATIENCE = 15_000; // milliseconds

/** Sends one decision. Gives the portal's answer, or `trouble` in words; `stops`: the others would meet it too. */
async function send(entry, token) {
  let answer;
  try {
    answer = await fetch(entry.url, {
      method: "POST",
      body: new URLSearchParams(entry.fields),
      headers: { Accept: "application/json", "X-CSRFToken": token },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: true, // goes on when the page is left
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok) return await answer.json();
  } catch (error) {
    const late = error.name === "TimeoutError";
    return { trouble: late ? "The portal did not answer." : "There is no connection to the portal.", stops: true };
  }
  if (answer.type === "opaqueredirect") return { trouble: "You are logged out.", stops: true, asksToLogIn: true };
  if (answer.status === 403) return { trouble: "Your login has changed.", stops: true, asksToLogIn: true };
  return { trouble: `The portal had an error (${answer.status}).` };
}

export class Outbox {
  #isSending = false;

  /** `by` decides, `token` proves the page; `answered(entry, answer)` and `changed()` are called as it goes. */
  constructor({ by, token, answered, changed }) {
    Object.assign(this, { by, token, answered, changed });
    this.entries = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? "[]");
  }

  /** What is still to be sent, but for what somebody decided here before under another login. */
  get waiting() {
    return this.entries.filter((entry) => entry.by === this.by && !entry.refused);
  }

  /** Whether something has been tried and is not saved. */
  get isStuck() {
    return this.waiting.some((entry) => entry.trouble);
  }

  /** Takes a decision up, in place of one about the same record that was refused. */
  add(entry) {
    this.entries = this.entries.filter((one) => one.record !== entry.record || !one.refused);
    this.entries.push({ ...entry, by: this.by });
    this.#keep();
    this.sendAll();
  }

  drop(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
    this.#keep();
  }

  /** One after the other, in the order of deciding. Sent twice is harmless: the portal knows each by its key. */
  async sendAll() {
    if (this.#isSending) return;
    this.#isSending = true;
    const tried = new Set();
    for (let entry; (entry = this.waiting.find((one) => !tried.has(one))); ) {
      tried.add(entry);
      const answer = await send(entry, this.token);
      const { trouble, asksToLogIn } = answer;
      for (const one of answer.stops ? this.waiting : [entry]) Object.assign(one, { trouble, asksToLogIn });
      if (answer.outcome === "saved") this.entries = this.entries.filter((one) => one !== entry);
      else if (answer.outcome) entry.refused = answer.words;
      this.#keep();
      if (answer.outcome) this.answered(entry, answer);
      if (answer.stops) break;
    }
    this.#isSending = false;
  }

  #keep() {
    sessionStorage.setItem(KEPT_AS, JSON.stringify(this.entries));
    this.changed();
  }
}
