// Pictures are sent one by one as soon as they are chosen, however many at once; the form then names what is stored.
// What could not be sent stays in its field, and goes with the form, as everything does without this script.
const form = document.querySelector("input[data-send]")?.form;
const group = document.getElementById("pictures-group");
const inputs = (within = group) =>
  [...within.querySelectorAll("input[data-send]")].filter(({ name }) => !name.includes("__prefix__"));
const beside = (input, name) => form.elements[input.name.replace(/image$/, name)];
const rowOf = (input) => input.closest(".inline-related");
const boxOf = (input) => input.closest(".form-row, .submit-row");
const isFree = (input) =>
  !input.files.length && !beside(input, "image-sent").value && !boxOf(input).querySelector(".current-picture");
const free = () => inputs().find(isFree);
const editor = () => globalThis.CKEDITOR?.instances.id_body;
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
let queue = Promise.resolve();
let waiting = 0;
let submitter; // pressed again when every picture has been sent

function say(input, textContent) {
  boxOf(input).querySelector("[role=status]")?.remove();
  input.after(make("p", { role: "status", textContent }));
}

/** Show a picture at its field, instead of the one that is there. */
function show(input, picture) {
  boxOf(input).querySelector(".current-picture")?.remove();
  input.before(Object.assign(picture, { className: "current-picture" }));
}

/** Show what was chosen before it is sent: drawn, since the policy lets no picture come from a file's own address. */
async function preview(input) {
  const [file] = input.files;
  const bitmap = await createImageBitmap(file, { resizeHeight: 320 }).catch(() => {}); // of what it cannot read: none
  if (!bitmap || input.files[0] !== file) return;
  const { width, height } = bitmap;
  const canvas = make("canvas", { width, height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  show(input, canvas);
}

/** Return the next number that no picture and no text has. */
function nextNumber() {
  const text = editor()?.getData() ?? form.elements.body.value;
  const named = [...text.matchAll(/\[\[\s*bild(?:\s|&nbsp;)+(\d+)/gi)].map(([, number]) => number);
  return Math.max(form.elements.image ? 1 : 0, ...named, ...inputs().map((input) => beside(input, "number").value)) + 1;
}

/** Put each file in a field of its own, the first in `first`, and send it; return the fields. */
function place(files, first) {
  const found = [];
  for (const file of files) {
    if (!free()) group.querySelector(".add-row a")?.click();
    const input = first && !found.length ? first : free();
    if (!input) {
      say(first ?? inputs()[0], "Det finns inte plats för fler bilder.");
      break;
    }
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.closest("details")?.setAttribute("open", "");
    if (rowOf(input)) beside(input, "number").value ||= nextNumber();
    preview(input);
    waiting += 1;
    queue = queue.then(() => send(input, file));
    found.push(input);
  }
  if (found.length > 1) say(found[0], `${found.length} bilder. Beskriv var och en: de andra står längre ner.`);
  return found;
}

function send(input, file) {
  const bar = make("progress", { ariaLabel: "Bilden skickas" });
  input.after(bar);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("image", file);
    request.open("POST", input.dataset.send);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => Object.assign(bar, { max: total, value: loaded });
    request.onloadend = () => {
      bar.remove();
      sent(input, request.response ?? {});
      waiting -= 1;
      if (!waiting) submitter = submitter?.click();
      resolve();
    };
    request.send(data);
  });
}

function sent(input, { sent: name, url: src, error }) {
  if (!name) say(input, error ?? "Bilden gick inte att skicka nu. Den skickas när du sparar.");
  if (!name && !error) return;
  if (name) {
    beside(input, "image-sent").value = name;
    show(input, make("img", { alt: "", src }));
  }
  input.value = "";
  input.dispatchEvent(new Event("change", { bubbles: true })); // the browser's copy need not keep the file
}

function insert(input) {
  const code = `[[bild ${beside(input, "number").value}]]`;
  if (editor()) editor().insertHtml(`<p>${code}</p>`);
  else form.elements.body.setRangeText(code);
}

function move(input, step) {
  const rows = inputs().filter((other) => !isFree(other)).map(rowOf);
  rows[rows.indexOf(rowOf(input)) + step]?.[step < 0 ? "before" : "after"](rowOf(input));
  inputs().forEach((other, place) => { beside(other, "order").value = isFree(other) ? "" : place + 1; });
}

function prepare(input) {
  input.multiple = true;
  if (!rowOf(input)) return;
  const buttons = make("p", { className: "picture-buttons" });
  const actions = { "Infoga bild": insert, Upp: () => move(input, -1), Ner: () => move(input, 1) };
  for (const [textContent, action] of Object.entries(actions)) {
    const onclick = () => isFree(input) || action(input);
    buttons.append(make("button", { type: "button", className: "button", textContent, onclick }));
  }
  boxOf(input).append(buttons);
  rowOf(input).querySelector(".field-in_text")?.remove(); // the button writes it
}

if (form) {
  inputs(form).forEach(prepare);
  document.addEventListener("formset:added", ({ target }) => inputs(target).forEach(prepare));
  form.addEventListener("change", async ({ target }) => {
    if (!target.dataset.send) return;
    const files = [...target.files];
    if (!files.length) {
      boxOf(target).querySelector("canvas")?.remove();
      return;
    }
    // The first picture alone goes with the form, and the browser's copy of the form keeps it for a week.
    if (files.length > 1 || rowOf(target)) place(files, target);
    else await preview(target);
    beside(target, "image_alt").scrollIntoView({ block: "nearest" }); // what it asks for
  });
  form.addEventListener("pictures", ({ detail }) => { // pasted into the text, or dropped there
    place(detail).forEach(insert);
    editor().showNotification("Bilden står också längre ner. Beskriv den där.", "info", 0);
  });
  form.addEventListener("submit", (event) => {
    if (!waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    submitter = event.submitter;
    say(submitter, "Sparas när bilderna har skickats …");
  }, true);
}
