// CKEditor looks for its own files beside a script named ckeditor.js, which the joined one with its hash is not.
globalThis.CKEDITOR_BASEPATH = document.currentScript.dataset.basepath;
