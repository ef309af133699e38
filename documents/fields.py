"""The file field of documents: whatever way a PDF comes in, it is stored written anew."""

from django.db import models
from django.db.models.fields.files import FieldFile

from documents.pdf import rewrite


class PdfFile(FieldFile):
    def save(self, name, content, save=True):
        """Store `content` written anew, whoever saves it; the instance takes what follows from it.

        Raises ValidationError like rewrite().
        """
        content = rewrite(content, str(self.instance))
        self.instance.take_facts_of(content)
        super().save(content.name, content, save)


class PdfField(models.FileField):
    attr_class = PdfFile
