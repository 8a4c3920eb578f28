"""Whether a location still has the custom fields that it was mapped to: asked of GHL, and kept for staff to see."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.credentials import LocationNotReadyError, client_for
from integrations.custom_fields import MappingProblem, mapping_problems, usable
from integrations.fields import SecretUnreadableError
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import GHLError
from integrations.ghl.payloads import CustomField
from integrations.models import GHLIntegration

logger = logging.getLogger(__name__)


def writable_now(integration: GHLIntegration, ghl: GHLClient) -> Mapping[str, Any]:
    """What of the location's mapping GHL can take now; what it cannot is noted on the location.

    One field that is gone would refuse everybody. A token that may not see the fields may still write them: then it is
    the whole mapping.
    """
    stored = integration.custom_field_mapping
    mapping: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
    if not mapping:
        return {}
    try:
        fields = ghl.custom_fields()
    except GHLError as problem:
        logger.info("custom fields of %s unread: %s", integration.pk, type(problem).__name__)
        return mapping
    note_problems(integration, fields)
    return usable(mapping, fields)


def note_problems(integration: GHLIntegration, fields: Iterable[CustomField]) -> list[MappingProblem]:
    """Writes what of the mapping cannot be written, in words, to the location; returns it."""
    found = [problem for problem in mapping_problems(integration.custom_field_mapping, fields) if problem.stops]
    integration.mapping_problem = " ".join(problem.text for problem in found)
    rows = GHLIntegration.objects.filter(pk=integration.pk).exclude(mapping_problem=integration.mapping_problem)
    rows.update(mapping_problem=integration.mapping_problem)
    return found


def check_mapping(integration: GHLIntegration) -> str:
    """Asks GHL, and returns what of the mapping cannot be written, in words; what was known before if it cannot say."""
    if integration.custom_field_mapping:
        try:
            with client_for(integration, bulk=True) as ghl:
                writable_now(integration, ghl)
        except (LocationNotReadyError, SecretUnreadableError) as problem:
            logger.info("mapping of %s not checked: %s", integration.pk, type(problem).__name__)
    return integration.mapping_problem
