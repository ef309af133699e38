// Keeps a copy, in this browser, of what is typed into a form of the admin until the server has said that it is saved.
// A copy belongs to one user and one form, and has a name that goes with the form as `kept_as`: the server gives it back
// with a form that was not saved, and as the cookie "sparad-<name>" with the answer to a save (hgf_site/kept.py).
const DAY = 24 * 3600 * 1000;
const KEPT_FOR = 7 * DAY;
const DOUBLE_CLICK = 2000; // ms within which a form is not sent a second time
const LARGEST = 9.5 * 1024 * 1024; // just below what the server takes (DATA_UPLOAD_MAX_MEMORY_SIZE)
const UNKEPT_TYPES = ["submit", "button", "image", "reset", "file", "password"];
const UNKEPT_NAMES = /token$|password|^kept_|__prefix__|^(action|select_across|_selected_action)$/i;
const { user, forget } = document.getElementById("keep").dataset;

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
opened.catch(() => {}); // a browser that keeps nothing still asks before it leaves
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

const allCopies = () => transact("readonly", (texts) => texts.getAll());
const drop = (name) => transact("readwrite", (texts, files) => {
  texts.delete(name);
  files.delete(filesOf(name));
});

async function dropOldAndSaved() {
  const saved = [...document.cookie.matchAll(/sparad-([0-9a-f]{32})=/g)].map(([, name]) => name);
  for (const { name, time, user: owner } of await allCopies()) {
    if (saved.includes(name) || Date.now() - time > KEPT_FOR || owner === forget) await drop(name);
  }
  for (const name of saved) document.cookie = `sparad-${name}=; path=/admin/; max-age=0`;
}

// --- The form ---

const mark = document.getElementById("kept-as"); // not on a page that carries the form further
const form = mark?.form;
const unsaved = mark?.hasAttribute("data-unsaved"); // the server shows what was typed, not what it has
const isRichText = (input) => input.matches("textarea[data-type=ckeditortype]");
const richTexts = form ? [...form.elements].filter(isRichText).filter(({ id }) => !id.includes("__prefix__")) : [];
const editorOf = ({ id }) => {
  const editor = globalThis.CKEDITOR?.instances[id];
  return editor?.status === "ready" ? editor : null;
};

function valuesOf(input, asLoaded) {
  if (input.tagName === "SELECT") {
    const all = input.matches(".filtered[id$=_to]"); // Django chooses all of these when the form is sent
    const chosen = [...input.options].filter(
      (option) => all || (asLoaded ? option.defaultSelected : option.selected),
    );
    const first = asLoaded && !input.multiple && !chosen.length ? [...input.options].slice(0, 1) : [];
    return [...chosen, ...first].map(({ value }) => value);
  }
  if (["checkbox", "radio"].includes(input.type)) {
    return (asLoaded ? input.defaultChecked : input.checked) ? [input.value] : [];
  }
  if (isRichText(input) && editorOf(input)) return [editorOf(input).getData()];
  return [asLoaded ? input.defaultValue : input.value];
}

/** All that can be kept of the form, as pairs of name and value; asLoaded: as the server sent it. */
function fields(asLoaded = false) {
  const kept = [...form.elements].filter(
    (input) =>
      input.name && !UNKEPT_TYPES.includes(input.type) && !UNKEPT_NAMES.test(input.name) &&
      !input.disabled && !input.matches(".filtered[id$=_from]"),
  );
  return kept.flatMap((input) => valuesOf(input, asLoaded).map((value) => [input.name, value]));
}

const asText = (pairs) => new URLSearchParams(pairs.sort(([a, b], [c, d]) => (a + b < c + d ? -1 : 1))).toString();
const withoutVersion = (text) => text.replace(/(^|&)version=[^&]*/, ""); // of what is saved, not of what is typed
const chosenFiles = () =>
  [...form.elements].filter((input) => input.type === "file" && input.name && input.files.length);

/** Resolves when the editors show their text; before that, what they make of it would look like a change. */
function editorsReady(loaded) {
  return Promise.all(richTexts.map((input) => new Promise((resolve) => {
    if (!globalThis.CKEDITOR) resolve();
    globalThis.CKEDITOR?.on("instanceReady", ({ editor }) => {
      if (editor.name !== input.id) return;
      loaded.find(([name]) => name === input.name)[1] = editor.getData();
      editor.on("change", soon);
      resolve();
    });
  })));
}

// --- Keeping ---

let loaded, written, timer, base;
let leaving = false;
let sentAt = -Infinity;

const isChanged = () => unsaved || chosenFiles().length > 0 || asText(fields()) !== asText(loaded);

function soon() {
  timer ??= setTimeout(keep, 300);
}

function keep() {
  clearTimeout(timer);
  timer = undefined;
  const text = asText(fields());
  if (!database || text === written) return;
  written = text;
  const copy = { name: mark.value, user, address: location.pathname, time: Date.now(), text, base };
  (isChanged() ? transact("readwrite", (texts) => void texts.put(copy)) : drop(mark.value)).catch(() => {});
}

function keepFile(input) {
  if (input.type !== "file") return;
  const [file] = input.files;
  const key = { copy: mark.value, field: input.name };
  transact("readwrite", (_, files) => void (file ? files.put({ ...key, file }) : files.delete([key.copy, key.field])))
    .catch(() => {});
  written = undefined;
  keep();
}

/** Choose again the pictures that were chosen before the form came back; not one that was refused. */
async function chooseFiles(copy) {
  const kept = await transact("readonly", (_, files) => files.getAll(filesOf(copy)));
  for (const { field, file } of kept) {
    const input = form.elements[field];
    if (input?.type !== "file" || input.files.length) continue;
    if (input.closest(".form-row, td")?.querySelector(".errorlist")) {
      await transact("readwrite", (_, files) => void files.delete([copy, field]));
      continue;
    }
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    for (const line of form.querySelectorAll(".choose-again")) line.remove();
  }
}

// --- Offering ---

function say(text, ...buttons) {
  const line = document.createElement("div");
  line.className = "kept-offer";
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

function when(time) {
  const zone = { timeZone: "Europe/Stockholm" };
  const day = new Intl.DateTimeFormat("sv-SE", { day: "numeric", month: "long", ...zone }).format(time);
  const clock = new Intl.DateTimeFormat("sv-SE", { hour: "2-digit", minute: "2-digit", ...zone }).format(time);
  return `${day} kl. ${clock.replace(":", ".")}`;
}

/** The server shows the copy in the form, rows and all, as it does with a form that was not saved. */
function showAgain({ name, text }) {
  const again = document.createElement("form");
  again.method = "post";
  again.enctype = "multipart/form-data";
  const sent = {
    kept_fields: `${text}&kept_as=${name}`,
    csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
  };
  for (const [field, value] of Object.entries(sent)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: field, value });
    again.append(input);
  }
  document.body.append(again);
  again.submit();
}

async function offer(copies) {
  const now = withoutVersion(asText(fields()));
  for (const copy of copies.sort((a, b) => a.time - b.time)) {
    const kept = await transact("readonly", (_, files) => files.count(filesOf(copy.name)));
    if (withoutVersion(copy.text) === now && !kept) {
      await drop(copy.name);
      continue;
    }
    const hasChanged = !unsaved && copy.base && copy.base !== asText(loaded);
    const changed = hasChanged ? " Det som är sparat har ändrats sedan dess." : "";
    say(
      `Du har en text här som inte är sparad, från ${when(copy.time)}.${changed}`,
      ["Hämta tillbaka", () => showAgain(copy)],
      ["Kasta", (line) => drop(copy.name).then(() => line.remove())],
    );
  }
}

// --- From the first moment to the last ---

async function tidy() {
  database = await opened;
  await dropOldAndSaved();
}

async function watch() {
  loaded = fields(true);
  const ready = editorsReady(loaded);
  const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  mark.value ||= name.join("");
  // Gone back to, the page is fetched anew, with the version that is saved now: what was typed into the one before must
  // not stand in it by itself, or it would overwrite a colleague's text. It is offered, with the version it belongs to.
  form.autocomplete = "off";
  for (const event of ["input", "change", "click", "keyup"]) document.addEventListener(event, soon);
  for (const event of ["blur", "focus", "pagehide"]) addEventListener(event, keep);
  document.addEventListener("visibilitychange", keep);
  form.addEventListener("change", ({ target }) => keepFile(target));
  form.addEventListener("input", () => { leaving = false; });
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < DOUBLE_CLICK) {
      event.preventDefault();
      return;
    }
    keep();
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

  await tidy();
  const copies = (await allCopies()).filter((copy) => copy.user === user && copy.address === location.pathname);
  base = copies.find((copy) => copy.name === mark.value)?.base;
  await ready;
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
  base ??= asText(loaded);
  if (unsaved) {
    await chooseFiles(mark.value);
    keep();
  }
  await offer(copies.filter((copy) => copy.name !== mark.value));
}

document.querySelector("form[data-at-once]")?.submit();
(form ? watch() : tidy()).catch(() => {});
