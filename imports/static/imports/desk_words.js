// What the review desk says of decisions: on their way, saved, not saved, refused.

const status = document.getElementById("desk-says");
const notDone = document.getElementById("desk-unsent");
let said = ""; // of what is not done: said once, not again and again to who listens to the page

function make(name, properties, ...inside) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...inside);
  return element;
}

function makeButton(words, data, type = "button") {
  const one = make("button", { type, className: "button quiet-button" }, words);
  Object.assign(one.dataset, data);
  return one;
}

export function say(words) {
  status.replaceChildren(words);
}

export function sayWhatIsOnItsWay(name) {
  status.replaceChildren(`Saving: ${name} … `, makeButton("Undo (z)", { key: "z", undoWhenSaved: "" }));
}

export function sayWhatIsSaved({ words, name, url, ending, undo }, token) {
  status.replaceChildren(`Saved. ${words}: `, make("a", { href: url }, name), ending);
  if (!undo) return;
  const proof = make("input", { type: "hidden", name: "csrfmiddlewaretoken", value: token });
  status.append(" ", make("form", { method: "post", action: undo }, proof, makeButton("Undo (z)", { key: "z" }, "submit")));
}

/** One line for each decision that could not be sent or was refused. `here`: the record that is shown. */
export function sayWhatIsNotDone({ entries, by }, here) {
  const lines = entries.filter((one) => (one.by === by ? one.trouble || one.refused : !one.refused));
  const news = JSON.stringify([lines, here]);
  if (news === said) return;
  said = news;
  notDone.replaceChildren(...lines.map((entry) => lineAbout(entry, by, here)));
}

function lineAbout(entry, by, here) {
  const { name, page, refused, trouble, asksToLogIn, url: about } = entry;
  if (entry.by !== by) {
    const words = `${name} was decided by ${entry.by} and is not saved. It is sent when ${entry.by} reviews in this tab.`;
    return make("p", { className: "note note-warn" }, words);
  }
  const line = make("p", { className: "note note-bad" });
  if (refused) {
    line.append(make("strong", {}, `Not done: ${name}.`), ` ${refused} `);
    const open = make("a", { href: page }, "Open this record");
    open.dataset.inPlace = "";
    if (entry.record !== here) line.append(open, " ");
    line.append(makeButton("Close", { drop: "", about }));
    return line;
  }
  line.append(make("strong", {}, `Not saved: ${name}.`), ` ${trouble} Your decision is kept in this tab. `);
  line.append(asksToLogIn ? makeButton("Log in and send", { logIn: "" }) : makeButton("Send again", { send: "" }));
  line.append(" ", makeButton("Drop it", { drop: "", about }));
  return line;
}
