"""The chat page: questions in, answers with numbered citations out."""

import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

from corpus.errors import ServerError, UserError
from qa.answering import Assistant
from qa.rendering import escape, to_html, visible
from qa.web import texts

Message = dict[str, str]

# The browser itself is told to fetch from nowhere else: neither Gradio's page nor anything that a
# document smuggles in can send a request out.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)


def serve(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    browser: bool = True,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the page until Ctrl-C; `ready` is told its URL, and `browser` opens it.

    Port 0 takes any that is free.

    Raises:
        ServerError: if the address cannot be listened on.
    """
    page, url = launch(assistant, host=host, port=port)
    ready(url)
    if browser:
        webbrowser.open(url)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        page.close(verbose=False)


def launch(assistant: Assistant, *, host: str = "127.0.0.1", port: int = 0) -> tuple[Any, str]:
    """Start the server in the background: the running page (`close()` ends it), and its URL.

    Raises:
        ServerError: if the address cannot be listened on.
    """
    port = _free_port(host, port)
    # subtle: Gradio reads this when it is imported, and would ask its makers for its version.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from starlette.middleware import Middleware

    page = build(assistant)
    try:
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            inbrowser=False,
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            ssr_mode=False,
            mcp_server=False,
            enable_monitoring=False,
            theme=_theme(),
            css=files("qa.web").joinpath("style.css").read_text("utf-8"),
            app_kwargs={"middleware": [Middleware(_ContentPolicy)]},
        )
    except OSError as error:
        raise ServerError(f"The page cannot be served on {host}:{port}: {error}.") from error
    return page, f"http://{_shown(host)}:{port}/"


def build(assistant: Assistant) -> Any:
    """The page, not yet served: a `gradio.Blocks`."""
    import gradio as gr

    with gr.Blocks(title=texts.NAME, analytics_enabled=False, fill_height=True) as page:
        gr.HTML(_head(assistant), elem_classes="qa-head")
        conversation = _conversation()
        with gr.Row(elem_classes="qa-ask"):
            box = gr.Textbox(
                placeholder=texts.ASK_HERE,
                label=texts.QUESTION,
                show_label=False,
                lines=1,
                max_lines=4,
                autofocus=True,
                scale=1,
            )
            button = gr.Button(texts.ASK, variant="primary", scale=0, min_width=96)
        gr.on(
            [box.submit, button.click],
            _answering(assistant),
            inputs=[box, conversation],
            outputs=[box, conversation],
            api_visibility="private",
            show_progress="hidden",
        )
    return page


def _conversation() -> Any:
    import gradio as gr

    return gr.Chatbot(
        label=texts.CONVERSATION,
        show_label=False,
        elem_classes="qa-chat",
        placeholder=texts.EMPTY,
        latex_delimiters=[],  # "US$4 to US$5" is no formula
        buttons=[],  # a copy of a message would be its HTML
        feedback_options=None,
        height="72dvh",
        scale=1,
    )


def _answering(
    assistant: Assistant,
) -> Callable[[str, list[Message]], Iterator[tuple[str, list[Message]]]]:
    """What happens to a question: it is shown at once, then its answer."""
    import gradio as gr

    def answer(question: str, history: list[Message]) -> Iterator[tuple[str, list[Message]]]:
        history = [*history, _message("user", escape(question))]
        yield "", [*history, _message("assistant", texts.WORKING)]
        try:
            found = to_html(assistant.ask(question))
        except UserError as error:
            gr.Warning(escape(str(error)))
            yield question, history[:-1]
        else:
            yield "", [*history, _message("assistant", found)]

    return answer


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _head(assistant: Assistant) -> str:
    """The collection's name and size."""
    count = len(assistant.documents())
    words = texts.SEARCHING.format(count=f"{count:,}", name=visible(assistant.root.resolve().name))
    return f"<h1>{escape(texts.NAME)}</h1><p>{escape(words)}</p>"


def _theme() -> Any:
    import gradio as gr

    system = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
    return gr.themes.Default(
        primary_hue="blue", font=system, font_mono=("ui-monospace", "Consolas", "monospace")
    )


def _shown(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - every address, so also this one
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _free_port(host: str, port: int) -> int:
    """The port, after it was found to be free."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise ServerError(
            f"The page cannot be served on {host}:{port} ({error.strerror}). "
            "Name another port with --port, or 0 for any that is free."
        ) from error


class _ContentPolicy:
    """Every response says what the browser may load: nothing from elsewhere."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [(b"content-security-policy", POLICY.encode())]
                headers += [
                    (b"referrer-policy", b"no-referrer"),
                    (b"x-content-type-options", b"nosniff"),
                ]
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        await self._app(scope, receive, with_policy)
