//! A live socket that comes back: it opens again with backoff and jitter, and takes silence for a
//! broken line. What was missed comes with the first frame after it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, WebSocket};

use super::steady_ms;
use crate::live::{BEAT_SECONDS, Frame};

/// The first wait before opening again, in milliseconds; it doubles with each try.
const WAIT_MS_FIRST: f64 = 500.0;
/// The longest wait, in milliseconds.
const WAIT_MS_MAX: f64 = 15_000.0;

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Opening for the first time.
    Opening,
    /// Frames come.
    Live,
    /// Lost; it is being opened again.
    Lost,
    /// Closed because the person paused it.
    Paused,
    /// The server will not send any more: the sign-in or receipt is no longer good.
    Ended,
}

/// A live socket. It lives as long as the page that opened it.
#[derive(Clone)]
pub(crate) struct Live(Rc<Inner>);

struct Inner {
    path: Box<dyn Fn() -> String>,
    heard: Box<dyn Fn(Frame)>,
    line: RwSignal<Line>,
    socket: RefCell<Option<Open>>,
    tries: Cell<u32>,
    heard_ms: Cell<f64>,
    retry: Cell<Option<TimeoutHandle>>,
}

/// An open socket with what listens to it: dropped together, so that a replaced one is not heard.
struct Open {
    socket: WebSocket,
    _message: Closure<dyn Fn(MessageEvent)>,
    _close: Closure<dyn Fn(web_sys::Event)>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

impl Live {
    /// Opens a socket on the path that `path` gives each time, relative to this site. To be called in an
    /// effect: the socket closes when its owner is cleaned up.
    pub(crate) fn open(
        path: impl Fn() -> String + 'static,
        line: RwSignal<Line>,
        heard: impl Fn(Frame) + 'static,
    ) -> Live {
        let live = Live(Rc::new(Inner {
            path: Box::new(path),
            heard: Box::new(heard),
            line,
            socket: RefCell::new(None),
            tries: Cell::new(0),
            heard_ms: Cell::new(steady_ms()),
            retry: Cell::new(None),
        }));
        live.connect();
        live.watch_silence();
        live.hurry_when_online();
        live
    }

    /// Closes the line until [`Live::resume`].
    pub(crate) fn pause(&self) {
        self.close(Line::Paused);
    }

    /// Opens the line again after a pause.
    pub(crate) fn resume(&self) {
        if self.0.line.get_untracked() == Line::Paused {
            self.0.line.set(Line::Opening);
            self.connect();
        }
    }

    fn close(&self, line: Line) {
        self.cancel_retry();
        self.0.socket.replace(None);
        self.0.line.set(line);
    }

    fn connect(&self) {
        self.cancel_retry();
        self.0.heard_ms.set(steady_ms());
        let Some(url) = socket_url(&(self.0.path)()) else {
            return;
        };
        let Ok(socket) = WebSocket::new(&url) else {
            self.lost();
            return;
        };
        let live = self.clone();
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            live.hear(&event);
        });
        let live = self.clone();
        let close = Closure::<dyn Fn(web_sys::Event)>::new(move |_| live.lost());
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        self.0.socket.replace(Some(Open {
            socket,
            _message: message,
            _close: close,
        }));
    }

    fn hear(&self, event: &MessageEvent) {
        let Some(text) = event.data().as_string() else {
            return;
        };
        // A frame of a newer server that this page does not know is a sign of life all the same.
        self.0.heard_ms.set(steady_ms());
        self.0.tries.set(0);
        match serde_json::from_str(&text) {
            Ok(Frame::Ended) => {
                // The callback that runs belongs to the socket: it may go only when it has returned.
                let live = self.clone();
                set_timeout(move || live.close(Line::Ended), Duration::ZERO);
            }
            Ok(frame) => {
                self.show(Line::Live);
                (self.0.heard)(frame);
            }
            Err(_) => self.show(Line::Live),
        }
    }

    fn show(&self, line: Line) {
        if self.0.line.get_untracked() != line {
            self.0.line.set(line);
        }
    }

    fn lost(&self) {
        self.show(Line::Lost);
        let tries = self.0.tries.get();
        self.0.tries.set(tries.saturating_add(1));
        let wait = (WAIT_MS_FIRST * 2f64.powi(tries.min(10) as i32)).min(WAIT_MS_MAX);
        // Half of the wait is random: after a restart not all pages come in the same moment.
        let wait = wait * (0.5 + js_sys::Math::random() / 2.0);
        let live = self.clone();
        let handle =
            set_timeout_with_handle(move || live.connect(), Duration::from_millis(wait as u64));
        self.cancel_retry();
        self.0.retry.set(handle.ok());
    }

    fn cancel_retry(&self) {
        if let Some(handle) = self.0.retry.take() {
            handle.clear();
        }
    }

    fn watch_silence(&self) {
        let silence_ms_max = f64::from(BEAT_SECONDS) * 2_000.0;
        let live = StoredValue::new_local(self.clone());
        let interval = set_interval_with_handle(
            move || {
                live.with_value(|live| {
                    let open = live.0.socket.borrow().is_some();
                    let line = live.0.line.get_untracked();
                    let silent = steady_ms() - live.0.heard_ms.get() > silence_ms_max;
                    if open && silent && matches!(line, Line::Live | Line::Opening) {
                        live.0.socket.replace(None);
                        live.lost();
                    }
                });
            },
            Duration::from_secs(2),
        );
        on_cleanup(move || {
            if let Ok(interval) = interval {
                interval.clear();
            }
            live.with_value(|live| {
                live.cancel_retry();
                live.0.socket.replace(None);
            });
        });
    }

    fn hurry_when_online(&self) {
        let live = StoredValue::new_local(self.clone());
        let listener = window_event_listener(leptos::ev::online, move |_| {
            live.with_value(|live| {
                if live.0.line.get_untracked() == Line::Lost {
                    live.connect();
                }
            });
        });
        on_cleanup(move || listener.remove());
    }
}

fn socket_url(path: &str) -> Option<String> {
    let location = window().location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss",
        _ => "ws",
    };
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}
