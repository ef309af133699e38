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

// What the dialogs offer is what may be stored (news/html.py), and what a reader needs.
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

// What is pasted or dropped is tidied on the server (news/paste) before it is put in, so that the writer
// sees it as it will be saved, and is told at once what was taken away.
const clipboardOf = (dataTransfer) => {
  const html = dataTransfer.getData("text/html", true);
  if (html) return { html: html.replace(/\bsrc=(["'])data:[^"']*\1/gi, "") }; // a picture can be many megabytes
  const text = dataTransfer.getData("text/plain");
  return text ? { text } : { html: "<img>".repeat(dataTransfer.getFilesCount()) };
};

const PATIENCE = 5000; // ms; then the text goes in as it is, and is tidied when it is saved

const tidied = async (editor, clipboard) => {
  const form = editor.element.$.form;
  const answer = await fetch(editor.config.tidyUrl, {
    method: "POST",
    body: new URLSearchParams({ ...clipboard, has_picture_field: form.elements.image ? "1" : "" }),
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    redirect: "error", // to the login: the session has ended
    signal: AbortSignal.timeout?.(PATIENCE),
  });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};

const untidied = (html) => ({
  html: html.replace(/<img\b[^>]*>/gi, ""),
  removed: "Texten städas när du sparar. Bilder följde inte med.",
});

CKEDITOR.on("instanceReady", ({ editor }) => {
  const paste = async (event) => {
    const { dataTransfer, dataValue } = event.data;
    if (dataTransfer.getTransferType(editor) === CKEDITOR.DATA_TRANSFER_INTERNAL) return;
    event.cancel();
    const { form } = editor.element.$;
    let submitter;
    const wait = (submit) => { // or it would be saved without what was pasted
      submitter = submit.submitter;
      submit.preventDefault();
      submit.stopImmediatePropagation();
    };
    form.addEventListener("submit", wait, true);
    const { html, removed } = await tidied(editor, clipboardOf(dataTransfer)).catch(() => untidied(dataValue));
    form.removeEventListener("submit", wait, true);
    const [, words] = html.match(/^<p>((?:(?!<p>)[^])*)<\/p>$/) ?? []; // one paragraph goes into the one at hand
    editor.insertHtml(words ?? html);
    submitter?.click();
    if (removed) editor.showNotification(removed, "info", 0);
  };
  editor.on("paste", paste, null, null, 1); // before CKEditor's own
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
