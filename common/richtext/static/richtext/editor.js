CKEDITOR.document.appendStyleSheet = () => {}; // the page has them all (common/richtext/static_files.py)
CKEDITOR.timestamp = ""; // no "?t=" after names that have a hash: the page has asked for them already
CKEDITOR.disableAutoInline = true; // only what is asked for below becomes an editor

// Two buttons for two kinds of heading, instead of CKEditor's menu of formats.
CKEDITOR.plugins.add("rubriker", {
  init(editor) {
    for (const [label, element] of [["Rubrik", "h2"], ["Underrubrik", "h3"]]) {
      const style = new CKEDITOR.style({ element });
      editor.addCommand(label, new CKEDITOR.styleCommand(style, { contextSensitive: true }));
      editor.attachStyleStateChange(style, (state) => editor.getCommand(label).setState(state));
      editor.ui.addButton(label, { label, command: label, toolbar: "styles" });
    }
  },
});

// "- ", "1. " or "## " typed at the start of a paragraph makes what it makes in other editors; undone, it is what was typed.
// In a list, each line of which has its sign already, "- " or "2. " goes.
const TYPED = {
  "-": "bulletedlist", "*": "bulletedlist", "1.": "numberedlist", "1)": "numberedlist", "##": "Rubrik", "###": "Underrubrik",
};
CKEDITOR.on("instanceReady", ({ editor }) => {
  const format = ({ data: { $: { inputType } } }) => { // not of keys: Android's keyboards do not say which was pressed
    const typed = editor.getSelection()?.getRanges()[0];
    const block = inputType.startsWith("insert") && typed?.collapsed && editor.elementPath().block;
    if (!block || !block.is("p", "li")) return;
    typed.setStartAt(block, CKEDITOR.POSITION_AFTER_START);
    const [, mark] = typed.cloneContents().$.textContent.match(/^(\S+)\s$/) ?? [];
    if (block.is("li") ? !/^([-*•]|\d{1,2}[.)])$/.test(mark) : !Object.hasOwn(TYPED, mark)) return;
    editor.fire("saveSnapshot");
    editor.fire("lockSnapshot", { dontUpdate: true });
    typed.deleteContents();
    block.appendBogus();
    typed.select();
    if (block.is("p")) editor.execCommand(TYPED[mark]);
    editor.fire("unlockSnapshot");
    editor.fire("saveSnapshot");
  };
  const listen = () => editor.editable().attachListener(editor.editable(), "input", format);
  editor.on("contentDom", listen);
  listen();
});

// The text keeps [[kontakt Ordförande]], and shows whoever holds that role on the day it is read.
CKEDITOR.plugins.add("kontakt", {
  init(editor) {
    const { roles } = editor.config;
    if (!roles) return; // a text that shows no contacts
    CKEDITOR.dialog.add("kontakt", () => ({
      title: "Infoga kontakt",
      minWidth: 260,
      minHeight: 90,
      contents: [{
        id: "info",
        elements: [
          { type: "select", id: "role", label: "Roll", items: roles.map((role) => [role]), default: roles[0] },
          { type: "html", html: "Texten visar den som har rollen den dag den läses." },
        ],
      }],
      onOk() {
        editor.insertText(`[[kontakt ${this.getValueOf("info", "role")}]]`);
      },
    }));
    editor.addCommand("kontakt", new CKEDITOR.dialogCommand("kontakt"));
    editor.ui.addButton("Kontakt", { label: "Infoga kontakt", command: "kontakt", toolbar: "insert" });
  },
});

// CKEditor's Swedish calls two fields of a link "URL", and one "Protokoll".
Object.assign(CKEDITOR.lang.sv.common, { url: "Webbadress", protocol: "Börjar med" });
Object.assign(CKEDITOR.lang.sv.link, {
  displayText: "Länkens text", type: "Leder till", toUrl: "Webbsida", noUrl: "Skriv webbadressen som länken leder till.",
});

// What the dialogs offer is what may be stored (common/richtext/sanitize.py), and what a reader needs.
CKEDITOR.on("dialogDefinition", ({ data: { name, definition } }) => {
  const field = (id) => definition.getContents("info").get(id);
  if (name === "link") {
    field("protocol").items = [["https://", "https://"], ["http://", "http://"]];
    field("protocol").default = "https://";
    field("linkType").items = field("linkType").items.filter(([, type]) => type !== "anchor");
  } else if (name === "table") {
    field("selHeaders").default = "row"; // a table without headings is hard to follow by ear
  }
});

// CKEditor writes one script into its frame, with a number in it that differs between editors and releases of ours. With
// the number beside it, on the frame, the script is always the same, so that the policy can allow it by its hash.
CKEDITOR.on("instanceCreated", ({ editor }) => editor.on("setData", () => {
  const inner = editor.editable()?._;
  if (typeof inner?.frameLoadedHandler !== "number") return;
  editor.ui.space("contents").findOne("iframe").$.loadedHandler = inner.frameLoadedHandler;
  inner.frameLoadedHandler = "window.frameElement.loadedHandler";
}));

// Google's HTML holds what somebody proposes to delete like any other words; only a format of Google's own says which. They
// go here, and an empty <del> lets the server tell of it.
const GOOGLE = "application/x-vnd.google-docs-document-slice-clip+wrapped";
const LETTER = /(\s*)([^\s\p{Cc}\p{Co}])/gu;
const withoutDeleted = (html, clip) => {
  const { dsl_spacers: words, dsl_suggesteddeletions: { sgsl_sugg: starts } } = JSON.parse(JSON.parse(clip).data).resolved;
  const page = new DOMParser().parseFromString(html, "text/html");
  const all = (text) => Array.from(text.matchAll(LETTER), ([, space, letter]) => letter).join("");
  if (all(words) !== all(page.body.textContent)) return html;
  let isDeleted = false; // at each place: as from the last one that says which proposals hold from there on
  const deleted = words.split("").map((_, place) => (isDeleted = starts[place] ? starts[place].length > 0 : isDeleted));
  const places = Array.from(words.matchAll(LETTER), ({ 1: space, index }) => index + space.length).values();
  const texts = page.createNodeIterator(page.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    text.data = text.data.replace(LETTER, (_, space, letter) => {
      const { value: place } = places.next();
      return (deleted[place - 1] ? "" : space) + (deleted[place] ? "" : letter);
    });
  }
  return page.body.innerHTML + (deleted.includes(true) ? "<del></del>" : "");
};

// What is pasted or dropped is normalized on the server (common/richtext/paste) before it is put in, so that the writer
// sees it as it will be saved, and is told at once what was taken away.
const clipboardOf = (dataTransfer) => {
  const clip = dataTransfer.getData(GOOGLE);
  let html = dataTransfer.getData("text/html", true);
  if (html && clip) html = withoutDeleted(html, clip);
  if (html) return { html: html.replace(/\bsrc=(["'])data:[^"']*\1/gi, "") }; // a picture can be many megabytes
  const text = dataTransfer.getData("text/plain");
  return text ? { text } : { html: "<img>".repeat(dataTransfer.getFilesCount()) };
};

/** Return the picture files of what was pasted or dropped, when it has no words: Word sends a picture of its text too. */
const picturesIn = (dataTransfer) => {
  const words = dataTransfer.getData("text/html", true).replace(/<style[^]*?<\/style>|<[^>]*>/g, "").trim();
  const files = Array.from({ length: dataTransfer.getFilesCount() }, (_, place) => dataTransfer.getFile(place));
  return words ? [] : files.filter(({ type }) => type.startsWith("image/"));
};

const PATIENCE = 5000; // ms; then the text goes in as it is, and is normalized when it is saved

const normalized = async (editor, clipboard) => {
  const form = editor.element.$.form;
  const answer = await fetch(editor.config.pasteUrl, {
    method: "POST",
    body: new URLSearchParams({ ...clipboard, has_picture_field: form.querySelector("[data-send]") ? "1" : "" }),
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    redirect: "error", // to the login: the session has ended
    signal: AbortSignal.timeout?.(PATIENCE),
  });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};

const withoutPictures = (html) => ({
  html: html.replace(/<img\b[^>]*>/gi, ""),
  removed: "Texten städas när du sparar. Bilder följde inte med.",
});

/** Let the marked words lead to an address, wherever they led. */
const linkTo = (editor, href) => {
  const [any, link] = [{}, { href, "data-cke-saved-href": href }].map((attributes) => (
    new CKEDITOR.style({ element: "a", type: CKEDITOR.STYLE_INLINE, alwaysRemoveElement: 1, attributes })));
  editor.fire("saveSnapshot");
  editor.removeStyle(any);
  editor.applyStyle(link);
  editor.fire("saveSnapshot");
};

CKEDITOR.on("instanceReady", ({ editor }) => {
  // Tab leaves the text, wherever one is: CKEditor's own would move a list's row, and add rows to a table.
  editor.on("key", (event) => { if ([9, CKEDITOR.SHIFT + 9].includes(event.data.keyCode)) event.stop(); }, null, null, 1);
  const paste = async (event) => {
    const { dataTransfer, dataValue } = event.data;
    if (dataTransfer.getTransferType(editor) === CKEDITOR.DATA_TRANSFER_INTERNAL) return;
    event.cancel();
    const text = dataTransfer.getData("text/plain").trim();
    const marked = editor.getSelection().getSelectedText().trim(); // an address gives way to the new one
    if (/^https?:\/\/\S+$/i.test(text) && marked && !/^(https?:\/\/|www\.)/i.test(marked)) {
      linkTo(editor, text);
      return;
    }
    const { form } = editor.element.$;
    const pictures = picturesIn(dataTransfer);
    if (pictures.length && form.querySelector("[data-send]")) { // news/static/news/pictures.js takes them
      form.dispatchEvent(new CustomEvent("pictures", { detail: pictures }));
      return;
    }
    let submitter;
    const wait = (submit) => { // or it would be saved without what was pasted
      submitter = submit.submitter;
      submit.preventDefault();
      submit.stopImmediatePropagation();
    };
    form.addEventListener("submit", wait, true);
    const { html, removed } = await normalized(editor, clipboardOf(dataTransfer)).catch(() => withoutPictures(dataValue));
    form.removeEventListener("submit", wait, true);
    const [, words] = html.match(/^<p>((?:(?!<p>)[^])*)<\/p>$/) ?? []; // one paragraph goes into the one at hand
    editor.insertHtml(words ?? html);
    submitter?.click();
    if (removed) editor.showNotification(removed, "info", 0);
  };
  editor.on("paste", paste, null, null, 1); // before CKEditor's own
});

// A line that says what to do in the text leads to the words that it names, and marks them: what is typed replaces them.
document.addEventListener("click", (event) => {
  const [, id] = event.target.getAttribute("href")?.match(/^#cke_(.+)/) ?? [];
  const [words] = event.target.textContent.match(/«.+?»/) ?? [];
  const editor = CKEDITOR.instances[id];
  if (!editor || !words) return;
  editor.focus();
  if (!editor.window.$.find(words, true, false, true)) return;
  event.preventDefault();
  editor.window.$.getSelection().anchorNode.parentElement.scrollIntoView({ block: "center" });
});

// The text is a page of its own: it is told whether the admin is light or dark, also when that is switched.
const root = document.documentElement;
const darkness = matchMedia("(prefers-color-scheme: dark)");
const applyTheme = () => {
  const isDark = root.dataset.theme === "dark" || (root.dataset.theme !== "light" && darkness.matches);
  root.dataset.editor = isDark ? "dark" : "light";
  for (const { document: text } of Object.values(CKEDITOR.instances)) {
    if (text) text.$.documentElement.dataset.theme = root.dataset.editor;
  }
};
darkness.addEventListener("change", applyTheme);
new MutationObserver(applyTheme).observe(root, { attributeFilter: ["data-theme"] });
CKEDITOR.on("instanceCreated", ({ editor }) => editor.on("contentDom", applyTheme));

// The user waits for the editor, so it starts at once: a timer of CKEditor's would wait for the page's other scripts.
const { setTimeout: later } = CKEDITOR.tools;
CKEDITOR.tools.setTimeout = (work, delay, scope, ...rest) => (
  delay ? later(work, delay, scope, ...rest) : queueMicrotask(() => work.apply(scope, rest[0] ? [].concat(rest[0]) : [])));
CKEDITOR.on("instanceReady", () => { CKEDITOR.tools.setTimeout = later; });
for (const text of document.querySelectorAll("textarea[data-type=ckeditortype]")) {
  CKEDITOR.replace(text, JSON.parse(text.dataset.config));
}
