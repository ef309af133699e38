// Keeps a copy, in this browser, of what is typed into a form of the admin until the server has said that it is saved,
// and fills the form in again from that copy. The server stores nothing that is not saved.
// A copy belongs to one user and one form, and has a name that goes with the form as `unsaved_copy`: the server gives it
// back with a form that was not valid, and as the cookie "sparad-<name>" with the answer to a save (form_recovery.py).
const DAY = 24 * 3600 * 1000;
const RETENTION = 7 * DAY;
const DOUBLE_CLICK = 2000; // ms within which a form is not sent a second time
const LARGEST = 9.5 * 1024 * 1024; // just below what the server takes (DATA_UPLOAD_MAX_MEMORY_SIZE)
const SKIPPED_TYPES = ["submit", "button", "image", "reset", "file", "password"];
const SKIPPED_NAMES = /token$|password|^unsaved_copy$|__prefix__|^(action|select_across|_selected_action)$/i;
const FORMSET_FIELD = /^(.+)-(\d+)-(.+)$/; // "assignments-0-person"
const UNREADABLE = { // what a browser would send as nothing, since Django's forms do not let it ask
  time: "Skriv hela klockslaget, till exempel 18.30.",
  date: "Skriv hela dagen: år, månad och dag.",
  number: "Skriv ett tal.",
};
const { user, forget } = document.getElementById("draft-autosave").dataset;

// --- The copies: IndexedDB holds pictures too, and is on the disk when it says so ---

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("hgf-texter", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("texts", { keyPath: "name" });
    request.result.createObjectStore("files", { keyPath: ["copy", "field"] });
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
opened.catch(() => {}); // a browser that stores nothing still asks before it leaves
const filesOf = (copy) => IDBKeyRange.bound([copy], [copy, []]);
let database;

/** Ask or change the stores "texts" and "files"; commits at once, since a phone closes a page without waiting. */
function transact(mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(["texts", "files"], mode, { durability: "strict" });
    const [texts, files] = ["texts", "files"].map((name) => transaction.objectStore(name));
    const request = work(texts, files);
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error); // no room: there is no copy, and no harm
    transaction.commit?.();
  });
}

const newName = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const allCopies = () => transact("readonly", (texts) => texts.getAll());
const drop = (name) => transact("readwrite", (texts, files) => {
  texts.delete(name);
  files.delete(filesOf(name));
});

async function dropOldAndSaved() {
  const saved = [...document.cookie.matchAll(/sparad-([0-9a-f]{32})=/g)].map(([, name]) => name);
  for (const { name, time, user: owner } of await allCopies()) {
    if (saved.includes(name) || Date.now() - time > RETENTION || owner === forget) await drop(name);
  }
  for (const name of saved) document.cookie = `sparad-${name}=; path=/admin/; max-age=0`;
}

// --- The form, and what it holds ---

const mark = document.getElementById("unsaved-copy");
const form = mark?.form;
const isRichText = (input) => input.matches("textarea[data-type=ckeditortype]");
const richTexts = form ? [...form.elements].filter(isRichText).filter(({ id }) => !id.includes("__prefix__")) : [];
const editorOf = ({ id }) => {
  const editor = globalThis.CKEDITOR?.instances[id];
  return editor?.status === "ready" ? editor : null;
};
let redisplayed = mark?.hasAttribute("data-redisplayed"); // it shows what was typed, not what the server has

/** Which form this is: its address. What begins with "_" says only how the page is shown, but for `_from`. */
function formAddresses() {
  const query = new URLSearchParams(location.search);
  const from = query.getAll("_from"); // the form of something that was deleted, to be saved as new
  for (const name of [...query.keys()]) if (name.startsWith("_")) query.delete(name);
  return [location.pathname + (`${query}` && `?${query}`), ...from];
}

function valuesOf(input, asLoaded) {
  if (input.tagName === "SELECT") {
    const chosen = [...input.options].filter((option) => (asLoaded ? option.defaultSelected : option.selected));
    const first = asLoaded && !input.multiple && !chosen.length ? [...input.options].slice(0, 1) : [];
    return [...chosen, ...first].map(({ value }) => value);
  }
  if (["checkbox", "radio"].includes(input.type)) {
    return (asLoaded ? input.defaultChecked : input.checked) ? [input.value] : [];
  }
  if (isRichText(input) && editorOf(input)) return [editorOf(input).getData()];
  return [asLoaded ? input.defaultValue : input.value];
}

const inputs = () => [...form.elements].filter(
  (input) =>
    input.name && !SKIPPED_TYPES.includes(input.type) && !SKIPPED_NAMES.test(input.name) && !input.disabled,
);

/** All that a copy holds of the form, as pairs of name and value; asLoaded: as the server sent it. */
const fields = (asLoaded = false) =>
  inputs().flatMap((input) => valuesOf(input, asLoaded).map((value) => [input.name, value]));

const asText = (pairs) => new URLSearchParams(pairs.sort(([a, b], [c, d]) => (a + b < c + d ? -1 : 1))).toString();
const withoutVersion = (text) => text.replace(/(^|&)version=[^&]*/, ""); // of what is saved, not of what is typed
const chosenFiles = () =>
  [...form.elements].filter((input) => input.type === "file" && input.name && input.files.length);

/** Resolves when the editors show their text; before that, what they make of it would look like a change. */
function editorsReady(loaded) {
  return Promise.all(richTexts.map((input) => new Promise((resolve) => {
    if (!globalThis.CKEDITOR) resolve();
    const isReady = ({ editor }) => {
      if (editor.name !== input.id) return;
      loaded.find(([name]) => name === input.name)[1] = editor.checkDirty() ? input.defaultValue : editor.getData();
      editor.on("change", soon);
      const listen = () => editor.document.on("input", soon); // who dictates presses no key: the editor says nothing
      listen();
      editor.on("contentDom", listen); // the document is made anew when its text is replaced
      resolve();
    };
    globalThis.CKEDITOR?.on("instanceReady", isReady);
    if (editorOf(input)) isReady({ editor: editorOf(input) }); // and may have been typed in before this script came
  })));
}

// --- Autosave ---

let loaded, written, timer, base;
let leaving = false;
let halfLine; // at a field that is half filled in
let restoring = false; // while the form is half filled in, it is no copy of anything
let sentAt = -Infinity;

const isChanged = () => redisplayed || chosenFiles().length > 0 || asText(fields()) !== asText(loaded);

function soon() {
  timer ??= setTimeout(save, 300);
}

function save() {
  clearTimeout(timer);
  timer = undefined;
  if (!database || restoring) return;
  const text = asText(fields());
  if (text === written) return;
  written = text;
  const copy = { name: mark.value, user, address: formAddresses()[0], time: Date.now(), text, base };
  (isChanged() ? transact("readwrite", (texts) => void texts.put(copy)) : drop(mark.value))
    .catch(() => { written = undefined; });
}

function saveFile(input) {
  if (input.type !== "file" || !database) return;
  const [file] = input.files;
  const key = { copy: mark.value, field: input.name };
  transact("readwrite", (_, files) => void (file ? files.put({ ...key, file }) : files.delete([key.copy, key.field])))
    .catch(() => {});
  written = undefined;
  save();
}

/** Choose again the pictures that were chosen before the form came back; not one that was refused, or not preferred. */
async function chooseFiles(copy) {
  const stored = await transact("readonly", (_, files) => files.getAll(filesOf(copy)));
  for (const { field, file } of stored) {
    const input = form.elements[field];
    if (input?.type !== "file" || input.files.length) continue;
    const unwanted = redisplayed && mark.dataset.files !== undefined && !mark.dataset.files.split(" ").includes(field);
    if (unwanted || input.closest(".form-row, td")?.querySelector(".errorlist")) {
      await transact("readwrite", (_, files) => void files.delete([copy, field]));
      continue;
    }
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    for (const line of form.querySelectorAll(".choose-again")) line.remove();
  }
}

// --- The form filled in from a copy ---

/** Return {name: [value, …]} of a copy under the names that its fields have in this form.
 *
 * A row of a formset goes to where the same stored row stands now; a new one gets a row of its own by "Lägg till".
 */
function fieldsForThisForm(text) {
  const copied = new Map();
  for (const [name, value] of new URLSearchParams(text)) copied.set(name, [...(copied.get(name) ?? []), value]);
  const result = new Map();
  for (const [name, values] of copied) {
    if (!FORMSET_FIELD.test(name) && !/-(TOTAL|INITIAL)_FORMS$/.test(name)) result.set(name, values);
  }
  for (const [name, [total]] of copied) {
    if (!name.endsWith("-TOTAL_FORMS") || !form.elements[name]) continue;
    const prefix = name.slice(0, -"-TOTAL_FORMS".length);
    let free = Number(form.elements[`${prefix}-INITIAL_FORMS`].value);
    const stored = new Map(Array.from({ length: free }, (_, row) => [form.elements[`${prefix}-${row}-id`]?.value, row]));
    for (let row = 0; row < total; row += 1) {
      const start = `${prefix}-${row}-`;
      const key = copied.get(`${start}id`)?.[0];
      const place = stored.get(key) ?? (hasRow(prefix, free) ? free++ : undefined);
      if (place === undefined) continue;
      for (const [field, values] of copied) {
        const isKey = field === `${start}id`; // the row's own, or none where the stored one is gone
        if (field.startsWith(start) && !isKey) result.set(`${prefix}-${place}-${field.slice(start.length)}`, values);
      }
    }
  }
  return result;
}

/** Tell whether a formset has a row of that number, after pressing its "Lägg till" where it has not. */
function hasRow(prefix, row) {
  const total = form.elements[`${prefix}-TOTAL_FORMS`];
  if (row >= total.value) document.querySelector(`#${prefix}-group .add-row a`)?.click();
  return row < total.value;
}

async function fillIn(input, values) {
  if (input.tagName === "SELECT") {
    for (const option of input.options) option.selected = values.includes(option.value);
  } else if (["checkbox", "radio"].includes(input.type)) {
    input.checked = values.includes(input.value);
  } else if (isRichText(input) && editorOf(input)) {
    await new Promise((callback) => editorOf(input).setData(values[0], { callback }));
  } else {
    [input.value] = values;
  }
  input.closest("details")?.setAttribute("open", ""); // or it would be given back unseen
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

async function restore(copy, line) {
  save(); // what has been typed here meanwhile stays a copy of its own
  restoring = true;
  mark.value = copy.name;
  base = copy.base;
  if (mark.dataset.restoreByPost) {
    postCopy(copy);
    return;
  }
  try {
    const found = fieldsForThisForm(copy.text);
    const rows = new Set([...found.keys()].map((name) => name.match(FORMSET_FIELD)).map((match) => match && match[1] + match[2]));
    for (const input of inputs()) {
      const [, prefix, row] = input.name.match(FORMSET_FIELD) ?? [];
      const unchecked = (["checkbox", "radio"].includes(input.type) || input.multiple) && (!prefix || rows.has(prefix + row));
      if (found.has(input.name)) await fillIn(input, found.get(input.name));
      else if (unchecked) await fillIn(input, []);
    }
    for (const input of chosenFiles()) input.value = "";
    await chooseFiles(copy.name);
  } finally {
    restoring = false;
  }
  redisplayed = true;
  written = undefined;
  save();
  line.className = "unsaved-line";
  line.textContent = "Det du skrev är tillbaka, men inte sparat än. Spara när det är klart.";
}

/** Let the server make the form: which fields it has follows from what was typed (a new board). */
function postCopy({ name, text }) {
  const again = document.createElement("form");
  again.method = "post";
  const sent = [["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value], ["unsaved_copy", name]];
  for (const [field, value] of [...new URLSearchParams(text), ...sent, [mark.dataset.restoreByPost, "1"]]) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: field, value });
    again.append(input);
  }
  document.body.append(again);
  leaving = true;
  again.submit();
}

// --- Offering ---

function say(text, ...buttons) {
  const line = document.createElement("div");
  line.className = "unsaved-offer";
  line.setAttribute("role", "status");
  const words = document.createElement("p");
  words.textContent = text;
  line.append(words);
  for (const [label, action] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", () => action(line));
    line.append(button);
  }
  form.before(line);
  return line;
}

const whenText = (time) => new Date(time).toLocaleString("sv-SE", { // "3 mars kl. 14.05"
  day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Stockholm",
}).replace(":", ".");

async function offer(copies) {
  const now = withoutVersion(asText(fields()));
  for (const copy of copies.sort((a, b) => a.time - b.time)) {
    const files = await transact("readonly", (_, stored) => stored.count(filesOf(copy.name)));
    if (withoutVersion(copy.text) === now && !files) {
      await drop(copy.name);
      continue;
    }
    const hasChanged = !redisplayed && copy.base && copy.base !== asText(loaded);
    const changed = hasChanged ? " Det som är sparat har ändrats sedan dess." : "";
    say(
      `Du har en text här som inte är sparad, från ${whenText(copy.time)}.${changed}`,
      ["Hämta tillbaka", (line) => restore(copy, line)],
      ["Kasta", (line) => drop(copy.name).then(() => line.remove())],
    );
  }
}

// --- From the first moment to the last ---

async function openCopies() {
  database = await opened;
  if (mark) mark.value ||= newName();
  await dropOldAndSaved();
}

async function watch() {
  loaded = fields(true);
  const ready = editorsReady(loaded);
  // Gone back to, the page is fetched anew, with the version that is saved now: what was typed into the one before must
  // not stand in it by itself, or it would overwrite a colleague's text. It is offered, with the version it belongs to.
  form.autocomplete = "off";
  for (const event of ["input", "change", "click", "keyup"]) document.addEventListener(event, soon);
  for (const event of ["blur", "focus", "pagehide"]) addEventListener(event, save);
  document.addEventListener("visibilitychange", save);
  form.addEventListener("change", ({ target }) => { if (!restoring) saveFile(target); });
  form.addEventListener("input", () => { leaving = false; });
  form.addEventListener("submit", (event) => {
    const half = [...form.elements].find(({ validity }) => validity?.badInput);
    if (half) {
      event.preventDefault();
      for (const fold of form.querySelectorAll("details")) fold.open ||= fold.contains(half);
      halfLine?.remove();
      halfLine = Object.assign(document.createElement("ul"), { className: "errorlist", role: "alert" });
      (half.closest(".flex-container") ?? half).before(halfLine);
      halfLine.appendChild(document.createElement("li")).textContent = UNREADABLE[half.type] ?? "Det går inte att läsa. Skriv om det.";
      half.addEventListener("input", () => halfLine.remove(), { once: true });
      half.focus();
      return;
    }
    if (event.timeStamp - sentAt < DOUBLE_CLICK) {
      event.preventDefault();
      return;
    }
    save();
    if (asText(fields()).length > LARGEST) {
      event.preventDefault();
      say("Texten är för stor att spara. Ta bort en del av den, till exempel bilder som är inklistrade i den.");
      scrollTo(0, 0);
    } else if (!event.submitter?.formTarget) {
      leaving = true;
      sentAt = event.timeStamp;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && isChanged()) event.preventDefault();
  });

  await openCopies();
  const addresses = formAddresses();
  const copies = (await allCopies()).filter((copy) => copy.user === user && addresses.includes(copy.address));
  base = copies.find((copy) => copy.name === mark.value)?.base;
  await ready;
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
  base ??= asText(loaded);
  if (redisplayed) await chooseFiles(mark.value);
  if (isChanged() || written) { // typed or chosen before the copies could be opened, or the base was known
    written = undefined;
    for (const input of chosenFiles()) saveFile(input);
    save();
  }
  await offer(copies.filter((copy) => copy.name !== mark.value));
}

(form ? watch() : openCopies()).catch(() => {});
