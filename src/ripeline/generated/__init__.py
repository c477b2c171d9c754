"""A company that never was: three years of leads with stated causes, and the truth beside what could be written down.

    made = company("consultancy", leads=2000, seed=7)
    made.leads, made.events, made.outcomes    # as the open data format has them
    made.truth, made.stated                   # what nobody can know: traits per lead, and the causal rules
    write(made, Path("demo"))

The order of causes, in which each step sees only those before it:

1. A campaign brings a person. It moves the person's **need**, nothing else.
2. **Traits** are drawn: need, budget, fit (what the facts of lead and company are worth), curiosity, persona.
3. Traits decide who **asks** for sales, and who falls **silent**.
4. The rep's habits and the fit decide who is rejected, and who is **answered in time**.
5. Traits, asking, being answered in time and silence decide who **buys**, by one logistic rule.
6. Traits alone decide what leads do and when. Silence ends it. No deed knows whether the lead will buy.
7. Reps read traits with some error: answers, verdicts and stages follow from that reading. The outcome, its amount and
   reason, the last stage and the feedback are written at the decision or after it, and nothing before looks at them.

`docs/reference/generated.md` says it in full.
"""

from __future__ import annotations

from ripeline.generated.companies import HABITS
from ripeline.generated.company import Company, UnknownTemplate, company
from ripeline.generated.files import write

__all__ = ["Company", "UnknownTemplate", "company", "templates", "write"]


def templates() -> tuple[str, ...]:
    """The starter playbooks for which there is a company."""
    return tuple(HABITS)
