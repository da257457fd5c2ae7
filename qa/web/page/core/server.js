// Requests to the server. Each function returns plain values, or throws an Error whose message
// may be shown.

import { t } from "./dom.js";

async function told(path, body) {
  let response;
  try {
    response = await fetch(path, body === undefined ? {} : {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error(t("unreachable"));
  }
  const given = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(given.error || t("unreachable"));
  return given;
}

export const start = () => told("/page/start");
export const overview = () => told("/page/overview");
export const source = (wanted) => told("/page/source", wanted);
export const selected = (place) => told("/page/selected", place);
export const judge = (said) => told("/page/feedback", said);
export const stop = (name) => told("/page/stop", { name });
export const remove = (id) => told("/page/remove", { id });

export const documents = (wanted) => told("/documents", wanted);

/** Ask through Gradio's queue; `onStep` gets the progress. Returns the answer. */
export async function ask(asked, onStep, signal) {
  let last = null;
  try {
    const begun = await fetch("/gradio_api/call/page_ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data: [asked] }),
      signal,
    });
    if (!begun.ok) throw new Error();
    const { event_id: event } = await begun.json();
    const response = await fetch(`/gradio_api/call/page_ask/${event}`, { signal });
    for await (const { kind, data } of events(response.body)) {
      if (kind === "error") throw new Error();
      if (!data?.[0]) continue;
      [last] = data;
      onStep(last);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(t("unreachable"));
  }
  if (last?.state === "answered") return last;
  throw new Error(last?.message || t(last?.state === "stopped" ? "stopped" : "unreachable"));
}

/** The events of a server stream, one by one. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const kind = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      yield { kind, data: data ? JSON.parse(data) : null };
    }
  }
}

/** Send a file; `onProgress` gets the share (0..1) that was sent. */
export function add(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/page/files?name=${encodeURIComponent(file.name)}`);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded / event.total));
    request.addEventListener("error", () => reject(new Error(t("unreachable"))));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(request.response);
      else reject(new Error(request.response?.error || t("unreachable")));
    });
    request.send(file);
  });
}
