"""What every table of the portal has: a UUID key and two timestamps, filled by the database if not by a program."""

import uuid
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler


class RandomUUID(models.Func):
    """A random UUID made by the database, for rows that other systems insert with plain SQL."""

    template = "GEN_RANDOM_UUID()"
    arity = 0
    allowed_default = True
    output_field = models.UUIDField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(LOWER(HEX(RANDOMBLOB(16))))", **context)


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now(), editable=False)

    class Meta:
        abstract = True
