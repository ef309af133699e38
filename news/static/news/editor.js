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
