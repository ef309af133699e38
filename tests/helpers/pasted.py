"""Clipboards of other programs. tests/common/paste/README.md says how each was made."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "common" / "paste"
SAMPLES = {
    "word": "1 bild och färger togs bort. Bilder läggs in under Bild.",
    "word_on_the_web": "Typsnitt togs bort.",
    "google_docs": "1 bild och färger togs bort. Bilder läggs in under Bild.",
    "libreoffice": "1 bild och färger togs bort. Bilder läggs in under Bild.",
    "outlook": "1 bild, färger och typsnitt togs bort. Bilder läggs in under Bild.",
}


def sample(name):
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")
