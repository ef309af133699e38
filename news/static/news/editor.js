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
