// SPDX-License-Identifier: Apache-2.0
//! The driver of Rust for tests/languages/conform; README.md there has the protocol.
mod protocol;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::time::Duration;

use coview::{
    Access, Event, Kind, Mapping, Mutex, MutexGuard, Publisher, Queue, QueueMessage, QueueOptions, ReadView, Reset,
    Semaphore, Since, Slow, Subscription, Topic, TopicMessage, TopicOptions, TypeTag, View, Waitable,
};
use protocol::{from_hex, invalid, to_hex, Answer, Failure, Request, Schema};

type Answered = Result<Answer, Failure>;

/// How a mapping can be used.
enum Memory {
    Writable(View),
    Readable(ReadView),
}

/// What a label stands for. It is leaked, since guards of a mutex borrow it and are kept with it, and taken back when the
/// label is closed. Some are only kept, for their end.
#[allow(dead_code)]
enum Handle {
    Mapping(Memory, Mapping),
    Mutex(RefCell<Vec<MutexGuard<'static>>>, Mutex),
    Event(Event),
    Semaphore(Semaphore),
    Queue(Queue),
    Message(QueueMessage),
    Topic(RefCell<Option<Publisher>>, Topic),
    Subscription(Subscription),
}

/// Takes a handle back and closes it.
fn close(handle: &'static Handle) {
    if let Handle::Mutex(guards, _) = handle {
        // What is owned at this moment stays owned: closing a mutex does not release it.
        guards.take().into_iter().for_each(std::mem::forget);
    }
    // SAFETY: it was leaked from a box, its label is gone, and nothing borrows it: guards are gone.
    drop(unsafe { Box::from_raw(handle as *const Handle as *mut Handle) });
}

/// Answers by a function's way of opening.
fn open<T>(
    request: &Request,
    create: impl FnOnce(&str) -> coview::Result<T>,
    open: impl FnOnce(&str) -> coview::Result<T>,
    open_or_create: impl FnOnce(&str) -> coview::Result<T>,
) -> Result<T, Failure> {
    let name = request.text("name")?;
    Ok(match request.text("do")?.rsplit('.').next() {
        Some("create") => create(name)?,
        Some("open") => open(name)?,
        _ => open_or_create(name)?,
    })
}

/// None waits for ever.
fn timeout(request: &Request) -> Result<Option<Duration>, Failure> {
    let milliseconds: i64 = request.number_or("timeout", -1)?;
    Ok(u64::try_from(milliseconds).ok().map(Duration::from_millis))
}

fn message_of(request: &Request) -> Result<Vec<u8>, Failure> {
    if request.has("schema") {
        Schema::parse(request.text("schema")?)?.pack(request.text("values")?)
    } else {
        from_hex(request.text("bytes")?)
    }
}

/// The content of a message, as asked for.
fn with_content(answer: Answer, request: &Request, bytes: &[u8]) -> Answered {
    if request.has("schema") {
        Ok(answer.text("values", &Schema::parse(request.text("schema")?)?.unpack(bytes)?))
    } else {
        Ok(answer.text("bytes", &to_hex(bytes)))
    }
}

fn of_topic(request: &Request, message: &TopicMessage) -> Answered {
    let answer = Answer::ok().number("sequence", message.sequence()).number("lost", message.lost());
    with_content(answer, request, &message.to_vec())
}

fn tag(request: &Request) -> Result<Option<TypeTag>, Failure> {
    if !request.has("type") {
        return Ok(None);
    }
    let (size, version) = (request.number_or("type_size", 0)?, request.number_or("type_version", 0)?);
    Ok(Some(TypeTag::new(request.text("type")?, size, version)))
}

#[derive(Default)]
struct Driver {
    handles: BTreeMap<String, &'static Handle>,
}

macro_rules! the {
    ($driver:ident, $request:ident, $label:literal, $kind:ident($($part:tt),+) => $use:expr) => {{
        let label = $request.text($label)?;
        match $driver.handles.get(label) {
            Some(Handle::$kind($($part),+)) => $use,
            _ => return Err(invalid(format!("'{label}' is no {}", stringify!($kind)))),
        }
    }};
}

impl Driver {
    fn serve(&mut self, request: &Request) -> Answered {
        match request.text("do")? {
            "hello" => Ok(Answer::ok()
                .text("language", "rust")
                .text("version", &coview::version())
                .number("pid", std::process::id())),
            "reset" => {
                // Messages and subscriptions first.
                for first in [true, false] {
                    let labels: Vec<_> = self.handles.keys().cloned().collect();
                    for label in labels {
                        let is_first =
                            matches!(self.handles.get(&label), Some(Handle::Message(_) | Handle::Subscription(_)));
                        if is_first || !first {
                            self.handles.remove(&label).into_iter().for_each(close);
                        }
                    }
                }
                Ok(Answer::ok())
            }
            "close" => {
                let label = request.text("as")?;
                let handle = self.handles.remove(label).ok_or_else(|| invalid(format!("there is no '{label}'")))?;
                close(handle);
                Ok(Answer::ok())
            }
            "exists" => Ok(match coview::stat(request.text("name")?) {
                Ok(object) => Answer::ok().text("kind", kind_of(object.kind)),
                Err(error) if error.code() == 2 => Answer::new("absent"),
                Err(error) => return Err(error.into()),
            }),
            "remove" => {
                coview::remove_by_force(request.text("name")?)?;
                Ok(Answer::ok())
            }
            "reclaim" => {
                coview::reclaim()?;
                Ok(Answer::ok())
            }
            "wait_any" => self.wait_any(request),
            "wait_all" => self.wait_all(request),
            what => match what.split_once('.').map_or(what, |(kind, _)| kind) {
                "mapping" | "write" | "read" | "put" | "get" | "count" => self.memory(what, request),
                "mutex" | "event" | "semaphore" => self.sync(what, request),
                "queue" | "topic" | "subscription" => self.channel(what, request),
                _ => Err(Failure(38, format!("there is no '{what}'"))),
            },
        }
    }

    fn keep(&mut self, request: &Request, handle: Handle) -> Result<(), Failure> {
        self.keep_as(request.text("as")?, handle);
        Ok(())
    }

    fn keep_as(&mut self, label: &str, handle: Handle) {
        if let Some(before) = self.handles.insert(label.to_owned(), Box::leak(Box::new(handle))) {
            close(before);
        }
    }

    fn memory(&mut self, what: &str, request: &Request) -> Answered {
        match what {
            "mapping.create" | "mapping.open" | "mapping.open_or_create" => {
                let size = request.number_or("size", 0)?;
                let access = if request.text_or("access", "rw") == "r" { Access::ReadOnly } else { Access::ReadWrite };
                let mapping = open(
                    request,
                    |name| Mapping::create(name, size),
                    |name| Mapping::open_with(name, access),
                    |name| Mapping::open_or_create(name, size),
                )?;
                let view = match mapping.access() {
                    Access::ReadOnly => Memory::Readable(mapping.map_read_only()?),
                    Access::ReadWrite => Memory::Writable(mapping.map()?),
                };
                let answer = Answer::ok().number("size", mapping.size()).number("created", mapping.was_created() as u8);
                self.keep(request, Handle::Mapping(view, mapping))?;
                Ok(answer)
            }
            "write" | "put" => {
                let (bytes, offset) = (message_of(request)?, request.number("offset")?);
                match the!(self, request, "as", Mapping(view, _) => view) {
                    Memory::Writable(view) => view.copy_from(offset, &bytes)?,
                    // The face has no call for that.
                    Memory::Readable(_) => return Err(Failure(13, "the mapping was opened to read".to_owned())),
                }
                Ok(Answer::ok())
            }
            "read" | "get" => {
                let length = match what {
                    "read" => request.number("length")?,
                    _ => Schema::parse(request.text("schema")?)?.size(),
                };
                let (mut bytes, offset) = (vec![0; length], request.number("offset")?);
                match the!(self, request, "as", Mapping(view, _) => view) {
                    Memory::Writable(view) => view.copy_to(offset, &mut bytes)?,
                    Memory::Readable(view) => view.copy_to(offset, &mut bytes)?,
                }
                with_content(Answer::ok(), request, &bytes)
            }
            "count" => {
                let (offset, times): (usize, u64) = (request.number("offset")?, request.number("times")?);
                let mutex: &Mutex = the!(self, request, "mutex", Mutex(_, mutex) => mutex);
                let view = match the!(self, request, "as", Mapping(view, _) => view) {
                    Memory::Writable(view) => view,
                    Memory::Readable(_) => return Err(Failure(13, "the mapping was opened to read".to_owned())),
                };
                for _ in 0..times {
                    let mut guard = mutex.lock()?;
                    // SAFETY: the case has all use these bytes under this mutex only.
                    let number = unsafe { view.exclusive(&mut guard) }
                        .get_mut(offset..offset + 8)
                        .ok_or_else(|| invalid("beyond the end"))?;
                    let value = u64::from_ne_bytes((&*number).try_into().expect("eight bytes"));
                    number.copy_from_slice(&(value + 1).to_ne_bytes());
                }
                Ok(Answer::ok())
            }
            _ => Err(Failure(38, format!("there is no '{what}'"))),
        }
    }

    fn sync(&mut self, what: &str, request: &Request) -> Answered {
        match what {
            "mutex.create" | "mutex.open" | "mutex.open_or_create" => {
                let mutex = open(request, Mutex::create, Mutex::open, Mutex::open_or_create)?;
                let answer = Answer::ok().number("created", mutex.was_created() as u8);
                self.keep(request, Handle::Mutex(RefCell::default(), mutex))?;
                Ok(answer)
            }
            "mutex.lock" => {
                let timeout = timeout(request)?;
                the!(self, request, "as", Mutex(guards, mutex) => {
                    let taken = match timeout {
                        None => Some(mutex.lock()?),
                        Some(timeout) => mutex.lock_timeout(timeout)?,
                    };
                    Ok(match taken {
                        None => Answer::new("timed out"),
                        Some(guard) => {
                            let abandoned = guard.abandoned();
                            guards.borrow_mut().push(guard);
                            Answer::new(if abandoned { "abandoned" } else { "ok" })
                        }
                    })
                })
            }
            "mutex.unlock" => the!(self, request, "as", Mutex(guards, _) => match guards.borrow_mut().pop() {
                Some(_) => Ok(Answer::ok()),
                // The face has no call that releases what is not owned.
                None => Err(Failure(1, "this thread does not own it".to_owned())),
            }),
            "event.create" | "event.open" | "event.open_or_create" => {
                let reset = if request.text_or("kind", "") == "manual" { Reset::Manual } else { Reset::Automatic };
                let set = request.number_or("set", 0)? != 0;
                let event = open(
                    request,
                    |name| Event::create(name, reset, set),
                    Event::open,
                    |name| Event::open_or_create(name, reset, set),
                )?;
                let kind = if event.reset() == Reset::Manual { "manual" } else { "auto" };
                let answer = Answer::ok().number("created", event.was_created() as u8).text("kind", kind);
                self.keep(request, Handle::Event(event))?;
                Ok(answer)
            }
            "event.set" => the!(self, request, "as", Event(event) => Ok(event.set().map(|()| Answer::ok())?)),
            "event.clear" => the!(self, request, "as", Event(event) => Ok(event.clear().map(|()| Answer::ok())?)),
            "event.wait" => {
                let timeout = timeout(request)?;
                the!(self, request, "as", Event(event) => Ok(Answer::in_time(match timeout {
                    None => event.wait().map(|()| true)?,
                    Some(timeout) => event.wait_timeout(timeout)?,
                })))
            }
            "semaphore.create" | "semaphore.open" | "semaphore.open_or_create" => {
                let (initial, maximum) = (request.number_or("initial", 0)?, request.number_or("maximum", 0)?);
                let semaphore = open(
                    request,
                    |name| Semaphore::create(name, initial, maximum),
                    Semaphore::open,
                    |name| Semaphore::open_or_create(name, initial, maximum),
                )?;
                let created = semaphore.was_created() as u8;
                let answer = Answer::ok().number("created", created).number("maximum", semaphore.maximum());
                self.keep(request, Handle::Semaphore(semaphore))?;
                Ok(answer)
            }
            "semaphore.acquire" => {
                let timeout = timeout(request)?;
                the!(self, request, "as", Semaphore(semaphore) => Ok(Answer::in_time(match timeout {
                    None => semaphore.acquire().map(|()| true)?,
                    Some(timeout) => semaphore.acquire_timeout(timeout)?,
                })))
            }
            "semaphore.release" => {
                let count = request.number("count")?;
                the!(self, request, "as", Semaphore(semaphore) => {
                    Ok(Answer::ok().number("before", semaphore.release(count)?))
                })
            }
            _ => Err(Failure(38, format!("there is no '{what}'"))),
        }
    }

    fn waitables(&self, request: &Request) -> Result<Vec<Waitable<'static>>, Failure> {
        let one = |label: &str| match self.handles.get(label).copied() {
            Some(Handle::Mutex(_, mutex)) => Ok(mutex.into()),
            Some(Handle::Event(event)) => Ok(event.into()),
            Some(Handle::Semaphore(semaphore)) => Ok(semaphore.into()),
            Some(Handle::Queue(queue)) => Ok(queue.into()),
            Some(Handle::Subscription(subscription)) => Ok(subscription.into()),
            _ => Err(invalid(format!("'{label}' is nothing to wait for"))),
        };
        request.text("objects")?.split_whitespace().map(one).collect()
    }

    /// Keeps a guard with the mutex that it is of.
    fn keep_guard(&self, guard: MutexGuard<'static>) {
        for handle in self.handles.values() {
            match handle {
                Handle::Mutex(guards, mutex) if std::ptr::eq(mutex, guard.mutex()) => {
                    return guards.borrow_mut().push(guard);
                }
                _ => {}
            }
        }
    }

    fn wait_any(&mut self, request: &Request) -> Answered {
        let waited = match coview::wait_any(&self.waitables(request)?, timeout(request)?)? {
            None => return Ok(Answer::new("timed out")),
            Some(waited) => waited,
        };
        let abandoned = waited.guard.as_ref().map_or(false, MutexGuard::abandoned);
        waited.guard.into_iter().for_each(|guard| self.keep_guard(guard));
        Ok(Answer::new(if abandoned { "abandoned" } else { "ok" }).number("index", waited.index))
    }

    fn wait_all(&mut self, request: &Request) -> Answered {
        let waited = match coview::wait_all(&self.waitables(request)?, timeout(request)?)? {
            None => return Ok(Answer::new("timed out")),
            Some(waited) => waited,
        };
        waited.guards.into_iter().for_each(|guard| self.keep_guard(guard));
        Ok(Answer::new(if waited.abandoned { "abandoned" } else { "ok" }))
    }

    fn channel(&mut self, what: &str, request: &Request) -> Answered {
        match what {
            "queue.create" | "queue.open" | "queue.open_or_create" => {
                let (tag, capacity) = (tag(request)?, request.number_or("capacity", 0)?);
                let mut options = QueueOptions::capacity(capacity);
                if let Some(tag) = &tag {
                    options = options.carries(tag.clone());
                }
                let queue = open(
                    request,
                    |name| Queue::create(name, &options),
                    |name| tag.as_ref().map_or_else(|| Queue::open(name), |tag| Queue::open_as(name, tag)),
                    |name| Queue::open_or_create(name, &options),
                )?;
                let answer = Answer::ok().number("created", queue.was_created() as u8);
                self.keep(request, Handle::Queue(queue))?;
                Ok(answer)
            }
            "queue.send" => {
                let (bytes, timeout) = (message_of(request)?, timeout(request)?);
                the!(self, request, "as", Queue(queue) => Ok(Answer::in_time(match timeout {
                    None => queue.send(&bytes).map(|()| true)?,
                    Some(timeout) => queue.send_timeout(&bytes, timeout)?,
                })))
            }
            "queue.receive" => {
                let timeout = timeout(request)?;
                let message = the!(self, request, "as", Queue(queue) => match timeout {
                    None => Some(queue.receive()?),
                    Some(timeout) => queue.receive_timeout(timeout)?,
                });
                let message = match message {
                    None => return Ok(Answer::new("timed out")),
                    Some(message) => message,
                };
                let answer = Answer::ok().number("sequence", message.sequence()).number("deaths", message.deaths());
                let answer = with_content(answer, request, &message.to_vec());
                if request.has("keep") {
                    self.keep_as(request.text("keep")?, Handle::Message(message));
                }
                answer
            }
            "topic.create" | "topic.open" | "topic.open_or_create" => {
                let (tag, capacity) = (tag(request)?, request.number_or("capacity", 0)?);
                let mut options = TopicOptions::capacity(capacity).messages(request.number_or("messages", 0)?);
                if let Some(tag) = &tag {
                    options = options.carries(tag.clone());
                }
                let topic = open(
                    request,
                    |name| Topic::create(name, &options),
                    |name| tag.as_ref().map_or_else(|| Topic::open(name), |tag| Topic::open_as(name, tag)),
                    |name| Topic::open_or_create(name, &options),
                )?;
                let answer = Answer::ok().number("created", topic.was_created() as u8);
                self.keep(request, Handle::Topic(RefCell::default(), topic))?;
                Ok(answer)
            }
            "topic.publish" => {
                let (bytes, timeout) = (message_of(request)?, timeout(request)?);
                the!(self, request, "as", Topic(publisher, topic) => {
                    let mut publisher = publisher.borrow_mut();
                    if publisher.is_none() {
                        *publisher = Some(topic.publisher()?);
                    }
                    let publisher = publisher.as_ref().expect("just made");
                    Ok(Answer::in_time(match timeout {
                        None => publisher.publish(&bytes).map(|()| true)?,
                        Some(timeout) => publisher.publish_timeout(&bytes, timeout)?,
                    }))
                })
            }
            "topic.subscribe" => {
                let since = if request.text_or("from", "now") == "oldest" { Since::Oldest } else { Since::Now };
                let made = the!(self, request, "topic", Topic(_, topic) => topic.subscribe(since, Slow::Lags)?);
                self.keep(request, Handle::Subscription(made))?;
                Ok(Answer::ok())
            }
            "subscription.receive" => {
                let timeout = timeout(request)?;
                let message = the!(self, request, "as", Subscription(subscription) => match timeout {
                    None => Some(subscription.receive()?),
                    Some(timeout) => subscription.receive_timeout(timeout)?,
                });
                message.map_or_else(|| Ok(Answer::new("timed out")), |message| of_topic(request, &message))
            }
            "topic.latest" => {
                let message = the!(self, request, "as", Topic(_, topic) => topic.latest()?);
                message.map_or_else(|| Ok(Answer::new("absent")), |message| of_topic(request, &message))
            }
            _ => Err(Failure(38, format!("there is no '{what}'"))),
        }
    }
}

fn kind_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Mapping => "mapping",
        Kind::Mutex => "mutex",
        Kind::Event => "event",
        Kind::Semaphore => "semaphore",
        Kind::Queue => "queue",
        Kind::Topic => "topic",
        Kind::Timer => "timer",
        _ => "unknown",
    }
}

fn main() -> std::io::Result<()> {
    let mut driver = Driver::default();
    let (input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    for line in input.lines() {
        let answer = driver.serve(&Request::parse(&line?)).unwrap_or_else(|failure| Answer::error(&failure));
        writeln!(output, "{}", answer.line())?;
        output.flush()?;
    }
    Ok(())
}
