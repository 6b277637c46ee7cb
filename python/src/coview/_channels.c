/* SPDX-License-Identifier: Apache-2.0 */
/* Queue, Topic, Publisher, Subscription. */
#include <errno.h>

#include "_native.h"

static void close_queue(void* handle) {
  coview_queue_close(handle);
}
static void close_topic(void* handle) {
  coview_topic_close(handle);
}
static void close_publisher(void* handle) {
  coview_publisher_close(handle);
}
static void close_subscription(void* handle) {
  coview_subscription_close(handle);
}

/* What is sent: any object with a buffer in one piece. */
typedef struct sent_bytes {
  void* channel;
  Py_buffer buffer;
} sent_bytes;

/* A call that waits and gives a handle. */
typedef struct received_handle {
  void* channel;
  size_t size;
  void* handle;
} received_handle;

/* The new object around what a wait gave; None when time was up. */
static PyObject* received(coview_status status, PyTypeObject* type, void* handle, void (*close)(void*)) {
  if (status == COVIEW_TIMED_OUT || status == COVIEW_ABSENT) Py_RETURN_NONE;
  if (status == -ECANCELED) return NULL;
  return status < 0 ? native_raise(status) : native_new(type, handle, close);
}

/* Who may use it at a time: of a queue anybody. */
enum users { SEVERAL, ONE };

static void* usable(PyObject* self, enum users users) {
  return users == ONE && !native_alone(self) ? NULL : native_handle(self);
}

/* Copying more than this takes longer than to let other threads of Python run. */
static Py_ssize_t const much = 1 << 16;

static PyObject* send_by(PyObject* self, enum users users, PyObject* arguments, PyObject* keywords,
                         char const* format, native_attempt attempt) {
  static char* names[] = {"data", "timeout", NULL};
  sent_bytes what;
  PyObject* given = NULL;
  PyObject* data;
  int64_t timeout;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &data, &given) ||
      !native_timeout(given, &timeout) || PyObject_GetBuffer(data, &what.buffer, PyBUF_SIMPLE) != 0)
    return NULL;
  coview_status status = -ECANCELED;
  what.channel = usable(self, users);
  if (what.channel != NULL)
    status = native_wait(self, attempt, &what, timeout, what.buffer.len > much ? NATIVE_LONG : NATIVE_LOCKS);
  PyBuffer_Release(&what.buffer);
  if (status == -ECANCELED) return NULL;
  if (status < 0) return native_raise(status);
  return PyBool_FromLong(status != COVIEW_TIMED_OUT);
}

static PyObject* loan_by(PyObject* self, enum users users, PyObject* arguments, PyObject* keywords,
                         native_attempt attempt) {
  static char* names[] = {"size", "timeout", NULL};
  PyObject* given = NULL;
  Py_ssize_t size;
  int64_t timeout;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "n|O:loan", names, &size, &given) ||
      !native_timeout(given, &timeout))
    return NULL;
  if (size < 0) {
    PyErr_SetString(PyExc_ValueError, "size is negative");
    return NULL;
  }
  received_handle what = {.channel = usable(self, users), .size = (size_t)size};
  if (what.channel == NULL) return NULL;
  coview_status status = native_wait(self, attempt, &what, timeout, NATIVE_LOCKS);
  PyObject* slot = received(status, native.slot, what.handle, native_release_slot);
  if (users == ONE && slot != NULL && slot != Py_None) {
    Py_INCREF(self);
    ((handle_object*)slot)->lender = self;
  }
  return slot;
}

/* A queue's lock is needed for what receivers had who died; a subscription needs none. */
static PyObject* receive_from(PyObject* self, enum users users, void* handle, int64_t timeout,
                              native_attempt attempt) {
  received_handle what = {.channel = handle};
  coview_status status = native_wait(self, attempt, &what, timeout, users == ONE ? NATIVE_QUICK : NATIVE_LOCKS);
  return received(status, native.message, what.handle, native_release_message);
}

static PyObject* receive_by(PyObject* self, enum users users, PyObject* arguments, PyObject* keywords,
                            native_attempt attempt) {
  int64_t timeout;
  if (native_timed(self, arguments, keywords, "|O:receive", &timeout) == NULL) return NULL;
  void* handle = usable(self, users);
  return handle == NULL ? NULL : receive_from(self, users, handle, timeout, attempt);
}

/* `for message in ...`: waits for ever. */
static PyObject* next_by(PyObject* self, enum users users, native_attempt attempt) {
  void* handle = usable(self, users);
  return handle == NULL ? NULL : receive_from(self, users, handle, COVIEW_FOREVER, attempt);
}

/* Queue and Topic: what they share ------------------------------------------------------------------------------- */

#define NAMED_CHANNEL(kind)                                                                                     \
  NATIVE_NAMED(kind)                                                                                            \
  NATIVE_GETTER(kind, largest, PyLong_FromUnsignedLongLong(coview_##kind##_largest(handle)))                    \
  NATIVE_GETTER(kind, capacity, PyLong_FromUnsignedLongLong(coview_##kind##_capacity(handle)))                  \
  static PyObject* kind##_open(PyObject* type, PyObject* arguments, PyObject* keywords) {                       \
    (void)type;                                                                                                 \
    static char* names[] = {"name", "type", "type_size", "type_version", NULL};                                 \
    char const* name;                                                                                           \
    coview_type tag = {0};                                                                                      \
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s|$zO&O&:open", names, &name, &tag.name, native_u64, \
                                     &tag.size, native_u32, &tag.version))                                      \
      return NULL;                                                                                              \
    coview_##kind* made = NULL;                                                                                 \
    coview_status status;                                                                                       \
    Py_BEGIN_ALLOW_THREADS;                                                                                     \
    status = coview_##kind##_open(name, &tag, &made);                                                           \
    Py_END_ALLOW_THREADS;                                                                                       \
    return status < 0 ? native_raise(status) : native_new(native.kind, made, close_##kind);                     \
  }
NAMED_CHANNEL(queue)
NAMED_CHANNEL(topic)

static int channel_options(PyObject* arguments, PyObject* keywords, char const* format, char** names,
                           char const** name, coview_channel_options* options, int* special) {
  int permanent = 0;
  int lock_in_memory = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, name, native_u64, &options->capacity,
                                   native_u64, &options->messages, native_u32, &options->participants, native_u32,
                                   &options->mode, &permanent, &lock_in_memory, &options->type.name, native_u64,
                                   &options->type.size, native_u32, &options->type.version, special))
    return 0;
  options->permanent = (uint8_t)permanent;
  options->lock_in_memory = (uint8_t)lock_in_memory;
  return 1;
}

#define CHANNEL_NAMES(special)                                                                                  \
  {                                                                                                             \
    "name", "capacity", "messages", "participants", "mode", "permanent", "lock_in_memory", "type", "type_size", \
        "type_version", special, NULL                                                                           \
  }
#define MAKE_CHANNEL(kind, call, special, member)                                                            \
  static PyObject* kind##_##call(PyObject* type, PyObject* arguments, PyObject* keywords) {                  \
    (void)type;                                                                                              \
    static char* names[] = CHANNEL_NAMES(special);                                                           \
    coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;                                            \
    char const* name;                                                                                        \
    int given = 0;                                                                                           \
    if (!channel_options(arguments, keywords, "sO&|$O&O&O&ppzO&O&p:" #call, names, &name, &options, &given)) \
      return NULL;                                                                                           \
    options.member = (uint8_t)given;                                                                         \
    coview_##kind* made = NULL;                                                                              \
    coview_status status;                                                                                    \
    Py_BEGIN_ALLOW_THREADS;                                                                                  \
    status = coview_##kind##_##call(name, &options, &made);                                                  \
    Py_END_ALLOW_THREADS;                                                                                    \
    return status < 0 ? native_raise(status) : native_new(native.kind, made, close_##kind);                  \
  }
MAKE_CHANNEL(queue, create, "drop_on_death", drop_on_death)
MAKE_CHANNEL(queue, open_or_create, "drop_on_death", drop_on_death)
MAKE_CHANNEL(topic, create, "subscribers_may_block", subscribers_may_block)
MAKE_CHANNEL(topic, open_or_create, "subscribers_may_block", subscribers_may_block)

#define CHANNEL_GETTERS(kind)                                                                                  \
  NATIVE_NAMED_GETTERS(kind), {"capacity", kind##_capacity, NULL, "Bytes of messages that it holds.", NULL}, { \
    "largest", kind##_largest, NULL, "The most bytes that a message can have.", NULL                           \
  }

/* Queue ---------------------------------------------------------------------------------------------------------- */

static coview_status attempt_send(void* context, int64_t nanoseconds) {
  sent_bytes* what = context;
  return coview_queue_send(what->channel, what->buffer.buf, (size_t)what->buffer.len, nanoseconds);
}

static coview_status attempt_loan(void* context, int64_t nanoseconds) {
  received_handle* what = context;
  return coview_queue_loan(what->channel, what->size, nanoseconds, (coview_slot**)&what->handle);
}

static coview_status attempt_receive(void* context, int64_t nanoseconds) {
  received_handle* what = context;
  return coview_queue_receive(what->channel, nanoseconds, (coview_message**)&what->handle);
}

static PyObject* queue_send(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return send_by(self, SEVERAL, arguments, keywords, "O|O:send", attempt_send);
}

static PyObject* queue_loan(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return loan_by(self, SEVERAL, arguments, keywords, attempt_loan);
}

static PyObject* queue_receive(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return receive_by(self, SEVERAL, arguments, keywords, attempt_receive);
}

static PyObject* queue_next(PyObject* self) {
  return next_by(self, SEVERAL, attempt_receive);
}

static PyObject* queue_fileno(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_queue* queue = native_handle(self);
  if (queue == NULL) return NULL;
  int const descriptor = coview_queue_native_wait_handle(queue);
  return descriptor < 0 ? native_raise(descriptor) : PyLong_FromLong(descriptor);
}

static PyObject* queue_depth(PyObject* self, void* unused) {
  (void)unused;
  coview_queue* queue = native_handle(self);
  return queue == NULL ? NULL : PyLong_FromUnsignedLongLong(coview_queue_depth(queue));
}

static PyMethodDef queue_methods[] = {
    {"create", WITH_KEYWORDS(queue_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, capacity, *, messages=0, participants=0, mode=0o600, permanent=False, lock_in_memory=False, "
     "type=None, "
     "type_size=0, type_version=0, drop_on_death=False) -> Queue"},
    {"open", WITH_KEYWORDS(queue_open), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open(name, *, type=None, type_size=0, type_version=0) -> Queue"},
    {"open_or_create", WITH_KEYWORDS(queue_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, capacity, **as_create) -> Queue"},
    {"send", WITH_KEYWORDS(queue_send), METH_VARARGS | METH_KEYWORDS,
     "send(data, timeout=None) -> bool\n\nCopies the bytes into the queue; waits while it is full. False: `timeout` "
     "seconds "
     "were not enough, and nothing was sent."},
    {"loan", WITH_KEYWORDS(queue_loan), METH_VARARGS | METH_KEYWORDS,
     "loan(size, timeout=None) -> Slot | None\n\nMemory to fill in place."},
    {"receive", WITH_KEYWORDS(queue_receive), METH_VARARGS | METH_KEYWORDS,
     "receive(timeout=None) -> Message | None\n\nThe next message, in place. None: `timeout` seconds were not "
     "enough."},
    {"fileno", queue_fileno, METH_NOARGS,
     "fileno() -> int\n\nA descriptor that is readable while it has a message, for select, epoll and event loops."},
    {"close", queue_close, METH_NOARGS, "close()\n\nGives the handle back. Slots and messages keep theirs."},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", queue_close, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef queue_getters[] = {
    CHANNEL_GETTERS(queue),
    {"depth", queue_depth, NULL, "Messages that are there now, about.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot queue_slots[] = {
    {Py_tp_doc, "A named queue: many senders, many receivers, each message to one of them."},
    {Py_tp_dealloc, queue_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, queue_next},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, queue_methods},
    {Py_tp_getset, queue_getters},
    {0, NULL},
};
#define INNER_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION)
#define NAMED_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION)
static PyType_Spec queue_spec = {"coview._native.Queue", sizeof(handle_object), 0, NAMED_FLAGS, queue_slots};

/* Topic ---------------------------------------------------------------------------------------------------------- */

static PyObject* topic_publisher(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_topic* topic = native_handle(self);
  if (topic == NULL) return NULL;
  coview_publisher* made = NULL;
  coview_status status;
  ++((handle_object*)self)->users;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_publisher_open(topic, &made);
  Py_END_ALLOW_THREADS;
  --((handle_object*)self)->users;
  return status < 0 ? native_raise(status) : native_new(native.publisher, made, close_publisher);
}

static PyObject* topic_subscribe(PyObject* self, PyObject* arguments, PyObject* keywords) {
  static char* names[] = {"oldest", "blocks", NULL};
  int oldest = 0;
  int blocks = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$pp:subscribe", names, &oldest, &blocks)) return NULL;
  coview_topic* topic = native_handle(self);
  if (topic == NULL) return NULL;
  coview_subscription* made = NULL;
  coview_status status;
  ++((handle_object*)self)->users;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_subscription_open(topic, oldest ? COVIEW_FROM_OLDEST : COVIEW_FROM_NOW,
                                    blocks ? COVIEW_SLOW_BLOCKS : COVIEW_SLOW_LAGS, &made);
  Py_END_ALLOW_THREADS;
  --((handle_object*)self)->users;
  return status < 0 ? native_raise(status) : native_new(native.subscription, made, close_subscription);
}

static PyObject* topic_latest(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_topic* topic = native_handle(self);
  if (topic == NULL) return NULL;
  coview_message* message = NULL;
  coview_status status = coview_topic_latest(topic, &message);
  return received(status, native.message, message, native_release_message);
}

static PyObject* topic_evict(PyObject* self, PyObject* arguments) {
  coview_topic* topic = native_handle(self);
  PyObject* participant = Py_None;
  if (topic == NULL || !PyArg_ParseTuple(arguments, "|O:evict", &participant)) return NULL;
  uint64_t count = 0;
  coview_status status;
  if (participant == Py_None) {
    status = coview_topic_evict(topic, &count);
  } else {
    unsigned long const number = PyLong_AsUnsignedLong(participant);
    if (PyErr_Occurred() != NULL) return NULL;
    status = coview_topic_evict_one(topic, number > UINT32_MAX ? UINT32_MAX : (uint32_t)number);
    count = status == COVIEW_OK;
  }
  return status < 0 ? native_raise(status) : PyLong_FromUnsignedLongLong(count);
}

NATIVE_GETTER(topic, published, PyLong_FromUnsignedLongLong(coview_topic_published(handle)))

static PyMethodDef topic_methods[] = {
    {"create", WITH_KEYWORDS(topic_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, capacity, *, messages=0, participants=0, mode=0o600, permanent=False, lock_in_memory=False, "
     "type=None, "
     "type_size=0, type_version=0, subscribers_may_block=False) -> Topic"},
    {"open", WITH_KEYWORDS(topic_open), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open(name, *, type=None, type_size=0, type_version=0) -> Topic"},
    {"open_or_create", WITH_KEYWORDS(topic_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, capacity, **as_create) -> Topic"},
    {"publisher", topic_publisher, METH_NOARGS, "publisher() -> Publisher"},
    {"subscribe", WITH_KEYWORDS(topic_subscribe), METH_VARARGS | METH_KEYWORDS,
     "subscribe(*, oldest=False, blocks=False) -> Subscription\n\n"
     "From the next message on, or from the oldest that is still there. One that is slow loses messages, and is told "
     "how many; "
     "one that blocks loses none, and holds publishers up, where the topic was created to allow that."},
    {"latest", topic_latest, METH_NOARGS, "latest() -> Message | None\n\nThe newest message; waits for nobody."},
    {"evict", topic_evict, METH_VARARGS,
     "evict(participant=None) -> int\n\n"
     "Frees the publishers from all subscribers that block, or from one, by its number in channel_status; how many."},
    {"close", topic_close, METH_NOARGS, "close()\n\nPublishers and subscriptions may outlive it."},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", topic_close, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef topic_getters[] = {CHANNEL_GETTERS(topic),
                                      {"published", topic_published, NULL, "Messages published so far.", NULL},
                                      {NULL, NULL, NULL, NULL, NULL}};
static PyType_Slot topic_slots[] = {
    {Py_tp_doc, "A named topic: many publishers, many subscribers, and each of them sees every message."},
    {Py_tp_dealloc, topic_dealloc},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, topic_methods},
    {Py_tp_getset, topic_getters},
    {0, NULL},
};
static PyType_Spec topic_spec = {"coview._native.Topic", sizeof(handle_object), 0, NAMED_FLAGS, topic_slots};

/* Publisher ------------------------------------------------------------------------------------------------------ */

static coview_status attempt_publish(void* context, int64_t nanoseconds) {
  sent_bytes* what = context;
  return coview_publisher_publish(what->channel, what->buffer.buf, (size_t)what->buffer.len, nanoseconds);
}

static coview_status attempt_publisher_loan(void* context, int64_t nanoseconds) {
  received_handle* what = context;
  return coview_publisher_loan(what->channel, what->size, nanoseconds, (coview_slot**)&what->handle);
}

static PyObject* publisher_publish(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return send_by(self, ONE, arguments, keywords, "O|O:publish", attempt_publish);
}

static PyObject* publisher_loan(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return loan_by(self, ONE, arguments, keywords, attempt_publisher_loan);
}

static PyObject* publisher_close(PyObject* self, PyObject* unused) {
  (void)unused;
  return native_close(self, close_publisher, "threads publish with it");
}

static void publisher_dealloc(PyObject* self) {
  native_dealloc(self, close_publisher);
}

static PyMethodDef publisher_methods[] = {
    {"publish", WITH_KEYWORDS(publisher_publish), METH_VARARGS | METH_KEYWORDS,
     "publish(data, timeout=None) -> bool\n\nFalse: a subscriber that blocks left no room for `timeout` seconds."},
    {"loan", WITH_KEYWORDS(publisher_loan), METH_VARARGS | METH_KEYWORDS,
     "loan(size, timeout=None) -> Slot | None\n\nMemory to fill in place."},
    {"close", publisher_close, METH_NOARGS, "close()"},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", publisher_close, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef publisher_getters[] = {{"closed", native_closed, NULL, "Whether it was closed.", NULL},
                                          {NULL, NULL, NULL, NULL, NULL}};
static PyType_Slot publisher_slots[] = {
    {Py_tp_doc, "Publishes to a topic. For one thread at a time."},
    {Py_tp_dealloc, publisher_dealloc},
    {Py_tp_methods, publisher_methods},
    {Py_tp_getset, publisher_getters},
    {0, NULL},
};
static PyType_Spec publisher_spec = {"coview._native.Publisher", sizeof(handle_object), 0, INNER_FLAGS,
                                     publisher_slots};

/* Subscription --------------------------------------------------------------------------------------------------- */

static coview_status attempt_subscription(void* context, int64_t nanoseconds) {
  received_handle* what = context;
  return coview_subscription_receive(what->channel, nanoseconds, (coview_message**)&what->handle);
}

static PyObject* subscription_receive(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return receive_by(self, ONE, arguments, keywords, attempt_subscription);
}

static PyObject* subscription_next(PyObject* self) {
  return next_by(self, ONE, attempt_subscription);
}

static PyObject* subscription_fileno(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_subscription* subscription = native_handle(self);
  if (subscription == NULL) return NULL;
  int const descriptor = coview_subscription_native_wait_handle(subscription);
  return descriptor < 0 ? native_raise(descriptor) : PyLong_FromLong(descriptor);
}

static PyObject* subscription_close(PyObject* self, PyObject* unused) {
  (void)unused;
  return native_close(self, close_subscription, "threads wait for it");
}

static void subscription_dealloc(PyObject* self) {
  native_dealloc(self, close_subscription);
}

static PyObject* subscription_lost(PyObject* self, void* unused) {
  (void)unused;
  coview_subscription* subscription = native_handle(self);
  return subscription == NULL ? NULL : PyLong_FromUnsignedLongLong(coview_subscription_lost(subscription));
}

static PyObject* subscription_blocks(PyObject* self, void* unused) {
  (void)unused;
  coview_subscription* subscription = native_handle(self);
  return subscription == NULL ? NULL : PyBool_FromLong(coview_subscription_blocks(subscription));
}

static PyMethodDef subscription_methods[] = {
    {"receive", WITH_KEYWORDS(subscription_receive), METH_VARARGS | METH_KEYWORDS,
     "receive(timeout=None) -> Message | None\n\nThe next message. None: `timeout` seconds were not enough."},
    {"fileno", subscription_fileno, METH_NOARGS,
     "fileno() -> int\n\nA descriptor that is readable while it has a message, for select, epoll and event loops."},
    {"close", subscription_close, METH_NOARGS, "close()"},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", subscription_close, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef subscription_getters[] = {
    {"lost", subscription_lost, NULL, "Messages lost so far.", NULL},
    {"blocks", subscription_blocks, NULL, "Whether publishers still wait for it.", NULL},
    {"closed", native_closed, NULL, "Whether it was closed.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot subscription_slots[] = {
    {Py_tp_doc, "A subscriber's place in a topic. For one thread at a time."},
    {Py_tp_dealloc, subscription_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, subscription_next},
    {Py_tp_methods, subscription_methods},
    {Py_tp_getset, subscription_getters},
    {0, NULL},
};
static PyType_Spec subscription_spec = {"coview._native.Subscription", sizeof(handle_object), 0,
                                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                        subscription_slots};

/* For event loops ------------------------------------------------------------------------------------------------ */

/* Its descriptor, which stays open until unwatch: nobody closes what a task waits for. */
static PyObject* watch(PyObject* module, PyObject* receiver) {
  (void)module;
  PyObject* descriptor = NULL;
  if (PyObject_TypeCheck(receiver, native.queue))
    descriptor = queue_fileno(receiver, NULL);
  else if (PyObject_TypeCheck(receiver, native.subscription))
    descriptor = subscription_fileno(receiver, NULL);
  else
    PyErr_SetString(PyExc_TypeError, "only a Queue or Subscription is received from");
  if (descriptor != NULL) ++((handle_object*)receiver)->users;
  return descriptor;
}

static PyObject* unwatch(PyObject* module, PyObject* receiver) {
  (void)module;
  if (!PyObject_TypeCheck(receiver, native.queue) && !PyObject_TypeCheck(receiver, native.subscription)) {
    PyErr_SetString(PyExc_TypeError, "only a Queue or Subscription is received from");
    return NULL;
  }
  --((handle_object*)receiver)->users;
  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"watch", watch, METH_O, "watch(receiver) -> int\n\nIts descriptor; it cannot be closed until unwatch."},
    {"unwatch", unwatch, METH_O, "unwatch(receiver)\n\nOnce for each watch."},
    {NULL, NULL, 0, NULL},
};

int native_add_channels(PyObject* module) {
  native.queue = native_add_type(module, &queue_spec);
  native.topic = native_add_type(module, &topic_spec);
  native.publisher = native_add_type(module, &publisher_spec);
  native.subscription = native_add_type(module, &subscription_spec);
  if (native.queue == NULL || native.topic == NULL || native.publisher == NULL || native.subscription == NULL)
    return -1;
  return PyModule_AddFunctions(module, functions);
}
