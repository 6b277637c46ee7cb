/* SPDX-License-Identifier: Apache-2.0 */
/* Mutex, Event, Semaphore, and waiting for several. */
#include <errno.h>

#include "_native.h"

static void close_mutex(void* handle) {
  coview_mutex_close(handle);
}
static void close_event(void* handle) {
  coview_event_close(handle);
}
static void close_semaphore(void* handle) {
  coview_semaphore_close(handle);
}

NATIVE_NAMED(mutex)
NATIVE_OPEN_BY_NAME(mutex)
NATIVE_NAMED(event)
NATIVE_OPEN_BY_NAME(event)
NATIVE_NAMED(semaphore)
NATIVE_OPEN_BY_NAME(semaphore)

/* Mutex ---------------------------------------------------------------------------------------------------------- */

static PyObject* make_mutex(PyObject* arguments, PyObject* keywords, char const* format,
                            coview_status (*make)(char const*, coview_create_options const*, coview_mutex**)) {
  static char* names[] = {"name", "mode", "permanent", NULL};
  char const* name;
  uint32_t mode = 0600;
  int permanent = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &name, native_u32, &mode, &permanent))
    return NULL;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = mode;
  options.permanent = (uint8_t)permanent;
  coview_mutex* made = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = make(name, &options, &made);
  Py_END_ALLOW_THREADS;
  return status < 0 ? native_raise(status) : native_new(native.mutex, made, close_mutex);
}

static PyObject* mutex_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_mutex(arguments, keywords, "s|$O&p:create", coview_mutex_create);
}

static PyObject* mutex_open_or_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_mutex(arguments, keywords, "s|$O&p:open_or_create", coview_mutex_open_or_create);
}

static coview_status acquire_mutex(void* mutex, int64_t nanoseconds) {
  return coview_mutex_acquire(mutex, nanoseconds);
}

static PyObject* mutex_acquire(PyObject* self, PyObject* arguments, PyObject* keywords) {
  int64_t timeout;
  coview_mutex* mutex = native_timed(self, arguments, keywords, "|O:acquire", &timeout);
  if (mutex == NULL) return NULL;
  coview_status status = native_wait(self, acquire_mutex, mutex, timeout, NATIVE_QUICK);
  if (status == COVIEW_OK || status == COVIEW_ABANDONED) ((handle_object*)self)->flag = status == COVIEW_ABANDONED;
  return native_in_time(status);
}

static PyObject* mutex_release(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_mutex* mutex = native_handle(self);
  return mutex == NULL ? NULL : native_done(coview_mutex_release(mutex));
}

static PyObject* mutex_enter(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_mutex* mutex = native_handle(self);
  if (mutex == NULL) return NULL;
  coview_status status = native_wait(self, acquire_mutex, mutex, COVIEW_FOREVER, NATIVE_QUICK);
  if (status == -ECANCELED) return NULL;
  if (status < 0) return native_raise(status);
  ((handle_object*)self)->flag = status == COVIEW_ABANDONED;
  Py_INCREF(self);
  return self;
}

static PyObject* mutex_exit(PyObject* self, PyObject* unused) {
  return mutex_release(self, unused);
}

static PyObject* mutex_abandoned(PyObject* self, void* unused) {
  (void)unused;
  return PyBool_FromLong(((handle_object*)self)->flag);
}

static PyMethodDef mutex_methods[] = {
    {"create", WITH_KEYWORDS(mutex_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, *, mode=0o600, permanent=False) -> Mutex"},
    {"open", mutex_open, METH_VARARGS | METH_CLASS, "open(name) -> Mutex"},
    {"open_or_create", WITH_KEYWORDS(mutex_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, *, mode=0o600, permanent=False) -> Mutex"},
    {"acquire", WITH_KEYWORDS(mutex_acquire), METH_VARARGS | METH_KEYWORDS,
     "acquire(timeout=None) -> bool\n\nTrue: this thread owns it, once more. False: `timeout` seconds were not "
     "enough."},
    {"release", mutex_release, METH_NOARGS,
     "release()\n\nUndoes one acquire of this thread; PermissionError where it does not own it."},
    NATIVE_CLOSE_METHOD(mutex),
    {"__enter__", mutex_enter, METH_NOARGS, NULL},
    {"__exit__", mutex_exit, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef mutex_getters[] = {
    NATIVE_NAMED_GETTERS(mutex),
    {"abandoned", mutex_abandoned, NULL,
     "Whether the last owner had died with it when it was acquired here: what it protects may be half done.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot mutex_slots[] = {
    {Py_tp_doc, "A named lock that one thread of all processes owns at a time, and that survives its owner."},
    {Py_tp_dealloc, mutex_dealloc},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, mutex_methods},
    {Py_tp_getset, mutex_getters},
    {0, NULL},
};
static PyType_Spec mutex_spec = {"coview._native.Mutex", sizeof(handle_object), 0, NATIVE_NAMED_FLAGS, mutex_slots};

/* Event ---------------------------------------------------------------------------------------------------------- */

static PyObject* make_event(PyObject* arguments, PyObject* keywords, char const* format,
                            coview_status (*make)(char const*, coview_reset, int, coview_create_options const*,
                                                  coview_event**)) {
  static char* names[] = {"name", "manual", "set", "mode", "permanent", NULL};
  char const* name;
  int manual = 0;
  int set = 0;
  uint32_t mode = 0600;
  int permanent = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &name, &manual, &set, native_u32, &mode,
                                   &permanent))
    return NULL;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = mode;
  options.permanent = (uint8_t)permanent;
  coview_event* made = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = make(name, manual ? COVIEW_RESET_MANUAL : COVIEW_RESET_AUTOMATIC, set, &options, &made);
  Py_END_ALLOW_THREADS;
  return status < 0 ? native_raise(status) : native_new(native.event, made, close_event);
}

static PyObject* event_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_event(arguments, keywords, "s|$ppO&p:create", coview_event_create);
}

static PyObject* event_open_or_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_event(arguments, keywords, "s|$ppO&p:open_or_create", coview_event_open_or_create);
}

static coview_status wait_event(void* event, int64_t nanoseconds) {
  return coview_event_wait(event, nanoseconds);
}

static PyObject* event_wait(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return native_wait_by(self, arguments, keywords, "|O:wait", wait_event);
}

#define EVENT_CALL(call)                                                   \
  static PyObject* event_##call(PyObject* self, PyObject* unused) {        \
    (void)unused;                                                          \
    coview_event* event = native_handle(self);                             \
    return event == NULL ? NULL : native_done(coview_event_##call(event)); \
  }
EVENT_CALL(set)
EVENT_CALL(clear)
EVENT_CALL(pulse)

static PyObject* event_manual(PyObject* self, void* unused) {
  (void)unused;
  coview_event* event = native_handle(self);
  return event == NULL ? NULL : PyBool_FromLong(coview_event_kind(event) == COVIEW_RESET_MANUAL);
}

static PyMethodDef event_methods[] = {
    {"create", WITH_KEYWORDS(event_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, *, manual=False, set=False, mode=0o600, permanent=False) -> Event"},
    {"open", event_open, METH_VARARGS | METH_CLASS, "open(name) -> Event"},
    {"open_or_create", WITH_KEYWORDS(event_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, *, manual=False, set=False, mode=0o600, permanent=False) -> Event"},
    {"set", event_set, METH_NOARGS, "set()\n\nLets one waiter through, or, if it is manual, all until clear()."},
    {"clear", event_clear, METH_NOARGS, "clear()"},
    {"pulse", event_pulse, METH_NOARGS, "pulse()\n\nLets those through that wait now."},
    {"wait", WITH_KEYWORDS(event_wait), METH_VARARGS | METH_KEYWORDS,
     "wait(timeout=None) -> bool\n\nTrue: it was set. False: `timeout` seconds were not enough."},
    NATIVE_CLOSE_METHOD(event),
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", event_close, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef event_getters[] = {
    NATIVE_NAMED_GETTERS(event),
    {"manual", event_manual, NULL, "Whether it stays set until it is cleared.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot event_slots[] = {
    {Py_tp_doc, "A named flag, set or not, that threads of any process wait for and set."},
    {Py_tp_dealloc, event_dealloc},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, event_methods},
    {Py_tp_getset, event_getters},
    {0, NULL},
};
static PyType_Spec event_spec = {"coview._native.Event", sizeof(handle_object), 0, NATIVE_NAMED_FLAGS, event_slots};

/* Semaphore ------------------------------------------------------------------------------------------------------ */

static PyObject* make_semaphore(PyObject* arguments, PyObject* keywords, char const* format,
                                coview_status (*make)(char const*, uint32_t, uint32_t, coview_create_options const*,
                                                      coview_semaphore**)) {
  static char* names[] = {"name", "initial", "maximum", "mode", "permanent", NULL};
  char const* name;
  uint32_t initial;
  uint32_t maximum = 0x7fffffffU;
  uint32_t mode = 0600;
  int permanent = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &name, native_u32, &initial, native_u32,
                                   &maximum, native_u32, &mode, &permanent))
    return NULL;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = mode;
  options.permanent = (uint8_t)permanent;
  coview_semaphore* made = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = make(name, initial, maximum, &options, &made);
  Py_END_ALLOW_THREADS;
  return status < 0 ? native_raise(status) : native_new(native.semaphore, made, close_semaphore);
}

static PyObject* semaphore_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_semaphore(arguments, keywords, "sO&|O&$O&p:create", coview_semaphore_create);
}

static PyObject* semaphore_open_or_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_semaphore(arguments, keywords, "sO&|O&$O&p:open_or_create", coview_semaphore_open_or_create);
}

static coview_status acquire_semaphore(void* semaphore, int64_t nanoseconds) {
  return coview_semaphore_acquire(semaphore, nanoseconds);
}

static PyObject* semaphore_acquire(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return native_wait_by(self, arguments, keywords, "|O:acquire", acquire_semaphore);
}

static PyObject* semaphore_release(PyObject* self, PyObject* arguments) {
  uint32_t count = 1;
  if (!PyArg_ParseTuple(arguments, "|O&:release", native_u32, &count)) return NULL;
  coview_semaphore* semaphore = native_handle(self);
  if (semaphore == NULL) return NULL;
  uint32_t before = 0;
  coview_status status = coview_semaphore_release(semaphore, count, &before);
  return status < 0 ? native_raise(status) : PyLong_FromUnsignedLong(before);
}

static PyObject* semaphore_enter(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_semaphore* semaphore = native_handle(self);
  if (semaphore == NULL) return NULL;
  PyObject* taken = native_in_time(native_wait(self, acquire_semaphore, semaphore, COVIEW_FOREVER, NATIVE_QUICK));
  if (taken == NULL) return NULL;
  Py_DECREF(taken);
  Py_INCREF(self);
  return self;
}

static PyObject* semaphore_exit(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_semaphore* semaphore = native_handle(self);
  return semaphore == NULL ? NULL : native_done(coview_semaphore_release(semaphore, 1, NULL));
}

static PyObject* semaphore_count(PyObject* self, void* unused) {
  (void)unused;
  coview_semaphore* semaphore = native_handle(self);
  return semaphore == NULL ? NULL : PyLong_FromUnsignedLong(coview_semaphore_count(semaphore));
}

static PyObject* semaphore_maximum(PyObject* self, void* unused) {
  (void)unused;
  coview_semaphore* semaphore = native_handle(self);
  return semaphore == NULL ? NULL : PyLong_FromUnsignedLong(coview_semaphore_maximum(semaphore));
}

static PyMethodDef semaphore_methods[] = {
    {"create", WITH_KEYWORDS(semaphore_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, initial, maximum=2**31 - 1, *, mode=0o600, permanent=False) -> Semaphore"},
    {"open", semaphore_open, METH_VARARGS | METH_CLASS, "open(name) -> Semaphore"},
    {"open_or_create", WITH_KEYWORDS(semaphore_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, initial, maximum=2**31 - 1, *, mode=0o600, permanent=False) -> Semaphore"},
    {"acquire", WITH_KEYWORDS(semaphore_acquire), METH_VARARGS | METH_KEYWORDS,
     "acquire(timeout=None) -> bool\n\nTrue: took a permit. False: `timeout` seconds were not enough."},
    {"release", semaphore_release, METH_VARARGS,
     "release(count=1) -> int\n\nGives permits back; how many there were before. OSError (EOVERFLOW) beyond the "
     "maximum."},
    NATIVE_CLOSE_METHOD(semaphore),
    {"__enter__", semaphore_enter, METH_NOARGS, NULL},
    {"__exit__", semaphore_exit, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef semaphore_getters[] = {
    NATIVE_NAMED_GETTERS(semaphore),
    {"count", semaphore_count, NULL, "Permits that are there now.", NULL},
    {"maximum", semaphore_maximum, NULL, "The most there can be.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot semaphore_slots[] = {
    {Py_tp_doc, "A named count of permits. Acquiring takes one, and waits while there is none."},
    {Py_tp_dealloc, semaphore_dealloc},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, semaphore_methods},
    {Py_tp_getset, semaphore_getters},
    {0, NULL},
};
static PyType_Spec semaphore_spec = {"coview._native.Semaphore", sizeof(handle_object), 0, NATIVE_NAMED_FLAGS,
                                     semaphore_slots};

/* Waiting for several -------------------------------------------------------------------------------------------- */

typedef struct several {
  coview_waitable objects[64];
  size_t count;
  size_t index;
} several;

/* Asks for the very type: nobody's __class__ is believed. */
static int waitable_of(PyObject* object, coview_waitable* made) {
  *made = (coview_waitable){0};
  if (PyObject_TypeCheck(object, native.mutex)) return (made->mutex = native_handle(object)) != NULL;
  if (PyObject_TypeCheck(object, native.event)) return (made->event = native_handle(object)) != NULL;
  if (PyObject_TypeCheck(object, native.semaphore)) return (made->semaphore = native_handle(object)) != NULL;
  if (PyObject_TypeCheck(object, native.timer)) return (made->timer = native_handle(object)) != NULL;
  if (PyObject_TypeCheck(object, native.queue)) return (made->queue = native_handle(object)) != NULL;
  if (PyObject_TypeCheck(object, native.subscription))
    return (made->subscription = native_handle(object)) != NULL && native_alone(object);
  PyErr_SetString(PyExc_TypeError, "only a Mutex, Event, Semaphore, Timer, Queue or Subscription can be waited for");
  return 0;
}

static coview_status attempt_any(void* context, int64_t nanoseconds) {
  several* all = context;
  return coview_wait_any(all->objects, all->count, nanoseconds, &all->index);
}

static coview_status attempt_all(void* context, int64_t nanoseconds) {
  several* all = context;
  return coview_wait_all(all->objects, all->count, nanoseconds);
}

/* Waits for what is in the tuple; nobody closes one of them meanwhile. */
static coview_status wait_for(PyObject* tuple, several* all, int64_t timeout, native_attempt attempt) {
  for (size_t i = 0; i < all->count; ++i) ++((handle_object*)PyTuple_GetItem(tuple, (Py_ssize_t)i))->users;
  coview_status status = native_wait(NULL, attempt, all, timeout, NATIVE_LOCKS);
  for (size_t i = 0; i < all->count; ++i) --((handle_object*)PyTuple_GetItem(tuple, (Py_ssize_t)i))->users;
  return status;
}

static PyObject* objects_of(PyObject* arguments, PyObject* keywords, char const* format, several* all,
                            int64_t* timeout) {
  static char* names[] = {"objects", "timeout", NULL};
  PyObject* given = NULL;
  PyObject* seconds = NULL;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &given, &seconds) ||
      !native_timeout(seconds, timeout))
    return NULL;
  PyObject* tuple = PySequence_Tuple(given);
  if (tuple == NULL) return NULL;
  Py_ssize_t count = PyTuple_Size(tuple);
  if (count < 1 || count > 64) {
    PyErr_SetString(PyExc_ValueError, "1 to 64 objects can be waited for");
    Py_DECREF(tuple);
    return NULL;
  }
  all->count = (size_t)count;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!waitable_of(PyTuple_GetItem(tuple, i), &all->objects[i])) {
      Py_DECREF(tuple);
      return NULL;
    }
  }
  return tuple;
}

static void note_abandoned(PyObject* object, int abandoned) {
  if (PyObject_TypeCheck(object, native.mutex)) ((handle_object*)object)->flag = abandoned;
}

static PyObject* wait_any(PyObject* module, PyObject* arguments, PyObject* keywords) {
  (void)module;
  several all;
  int64_t timeout;
  PyObject* tuple = objects_of(arguments, keywords, "O|O:wait_any", &all, &timeout);
  if (tuple == NULL) return NULL;
  coview_status status = wait_for(tuple, &all, timeout, attempt_any);
  PyObject* result = NULL;
  if (status == COVIEW_TIMED_OUT) {
    Py_INCREF(Py_None);
    result = Py_None;
  } else if (status >= 0) {
    note_abandoned(PyTuple_GetItem(tuple, (Py_ssize_t)all.index), status == COVIEW_ABANDONED);
    result = PyLong_FromSize_t(all.index);
  } else if (status != -ECANCELED) {
    native_raise(status);
  }
  Py_DECREF(tuple);
  return result;
}

static PyObject* wait_all(PyObject* module, PyObject* arguments, PyObject* keywords) {
  (void)module;
  several all;
  int64_t timeout;
  PyObject* tuple = objects_of(arguments, keywords, "O|O:wait_all", &all, &timeout);
  if (tuple == NULL) return NULL;
  coview_status status = wait_for(tuple, &all, timeout, attempt_all);
  if (status == COVIEW_OK || status == COVIEW_ABANDONED)
    for (size_t i = 0; i < all.count; ++i)
      note_abandoned(PyTuple_GetItem(tuple, (Py_ssize_t)i), status == COVIEW_ABANDONED);
  Py_DECREF(tuple);
  return native_in_time(status);
}

static PyMethodDef functions[] = {
    {"wait_any", WITH_KEYWORDS(wait_any), METH_VARARGS | METH_KEYWORDS,
     "wait_any(objects, timeout=None) -> int | None\n\n"
     "Takes the first of 1 to 64 mutexes, events, semaphores, timers, queues and subscriptions that is there, and "
     "returns its place; None: `timeout` seconds were not enough. Of a queue or subscription nothing is taken: it "
     "has a message."},
    {"wait_all", WITH_KEYWORDS(wait_all), METH_VARARGS | METH_KEYWORDS,
     "wait_all(objects, timeout=None) -> bool\n\n"
     "Takes all of them at the moment when all are there. `abandoned` of its mutexes tells whether one of them was."},
    {NULL, NULL, 0, NULL},
};

int native_add_sync(PyObject* module) {
  native.mutex = native_add_type(module, &mutex_spec);
  native.event = native_add_type(module, &event_spec);
  native.semaphore = native_add_type(module, &semaphore_spec);
  if (native.mutex == NULL || native.event == NULL || native.semaphore == NULL) return -1;
  return PyModule_AddFunctions(module, functions);
}
