"""How a spec and a prompt become the conversation a model sees."""

from specharness.records import Message
from specharness.settings import Placement

_STANDING = ("system", "developer")  # roles that speak before the user does


def condition(
    prompt: tuple[Message, ...], spec: str, placement: Placement = "system"
) -> tuple[Message, ...]:
    """Put `spec` before `prompt`: into the system turn, or at the head of the first user turn.

    System and developer turns that open the prompt follow the spec in the same turn, so that a
    model sees one set of instructions, the spec first. An empty spec changes nothing but that.

    >>> hello = (Message(role="user", content="Hi"),)
    >>> [m.content for m in condition(hello, "Be brief.", "user")]
    ['Be brief.\\n\\nHi']
    >>> [m.role for m in condition(hello, "Be brief.")]
    ['system', 'user']
    """
    split = next((i for i, m in enumerate(prompt) if m.role not in _STANDING), len(prompt))
    standing = [spec, *(m.content for m in prompt[:split])]
    text = "\n\n".join(part for part in standing if part)
    rest = tuple(_plain(m) for m in prompt[split:])
    if not text:
        return rest
    if placement == "user" and rest and rest[0].role == "user":
        return (Message(role="user", content=f"{text}\n\n{rest[0].content}"), *rest[1:])
    return (Message(role="system", content=text), *rest)


def _plain(message: Message) -> Message:
    """Later developer turns speak as system turns: few templates know the role."""
    if message.role != "developer":
        return message
    return Message(role="system", content=message.content)
