"""The service form: what is scaled, by which policy and to which objective, as URL keys, as fields, as a request.

Several pages ask about the same service. A field that is not given has what is stored for the data set, else a proposal
from its traffic (`scaled_service.preset`). Labels, help, units and ranges are those of the fields in the service layer.
"""

from webapp.ui.service_form.configuration import (
    arguments_of,
    configuration_of,
    parameters_of,
    proposed_service,
    request_of,
    store,
    stored_of,
)
from webapp.ui.service_form.form import form, register
from webapp.ui.service_form.keys import SERVICE_KEYS, events_of_text
from webapp.ui.service_form.policy_keys import POLICY_FIELDS, POLICY_NAMES, policy_query

__all__ = [
    "POLICY_FIELDS",
    "POLICY_NAMES",
    "SERVICE_KEYS",
    "arguments_of",
    "configuration_of",
    "events_of_text",
    "form",
    "parameters_of",
    "policy_query",
    "proposed_service",
    "register",
    "request_of",
    "store",
    "stored_of",
]
