"""What other rooms may know of security: who asks, what was decided, and the promises behind both."""

from insula.security.interfaces.addresses import (
    safe_next,
)
from insula.security.interfaces.decisions import (
    DECISIONS,
    MAX_REPLAYED,
    Change,
    Decision,
    Decisions,
    DecisionsPage,
    DryRun,
    DryRunReport,
    RecordedDecision,
)
from insula.security.interfaces.explaining import (
    Explain,
    Explanation,
    MadeUp,
    RuleInput,
    RuleText,
    Sees,
)
from insula.security.interfaces.identity import (
    ANY_SCOPE,
    GATED,
    Identity,
    Kind,
    Scheme,
    SignInRequired,
    hidden,
    require_identity,
)
from insula.security.interfaces.policies import (
    Flaw,
    Grid,
    Policies,
    PolicyDraft,
    PolicyDrafts,
    PolicyType,
    PolicyVersion,
)

__all__ = [
    "ANY_SCOPE",
    "DECISIONS",
    "GATED",
    "MAX_REPLAYED",
    "Change",
    "Decision",
    "Decisions",
    "DecisionsPage",
    "DryRun",
    "DryRunReport",
    "Explain",
    "Explanation",
    "Flaw",
    "Grid",
    "Identity",
    "Kind",
    "MadeUp",
    "Policies",
    "PolicyDraft",
    "PolicyDrafts",
    "PolicyType",
    "PolicyVersion",
    "RecordedDecision",
    "RuleInput",
    "RuleText",
    "Scheme",
    "Sees",
    "SignInRequired",
    "hidden",
    "require_identity",
    "safe_next",
]
