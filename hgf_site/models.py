from django.db import models


class Run(models.Model):
    """When a command of the operator last ran, on whichever machine, and with what result."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    def __str__(self):
        return self.name
