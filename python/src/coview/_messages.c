/* SPDX-License-Identifier: Apache-2.0 */
/* Slot and Message: what is filled in place, and what was received. */
#include <errno.h>

#include "_native.h"

void native_release_slot(void* handle) {
  coview_slot_release(handle);
}
void native_release_message(void* handle) {
  coview_message_release(handle);
}

/* Slot ----------------------------------------------------------------------------------------------------------- */

static int slot_getbuffer(PyObject* self, Py_buffer* buffer, int flags) {
  coview_slot* slot = native_handle(self);
  buffer->obj = NULL;
  if (slot == NULL) return -1;
  if (PyBuffer_FillInfo(buffer, self, coview_slot_data(slot), (Py_ssize_t)coview_slot_size(slot), 0, flags))
    return -1;
  ++((handle_object*)self)->users;
  return 0;
}

static void release_buffer(PyObject* self, Py_buffer* buffer) {
  (void)buffer;
  --((handle_object*)self)->users;
}

typedef struct published_slot {
  coview_slot* slot;
  size_t length;
} published_slot;

static coview_status attempt_publish_slot(void* context, int64_t nanoseconds) {
  published_slot* what = context;
  return coview_slot_publish(what->slot, what->length, nanoseconds);
}

static PyObject* slot_publish(PyObject* self, PyObject* arguments, PyObject* keywords) {
  static char* names[] = {"length", "timeout", NULL};
  PyObject* length = NULL;
  PyObject* given = NULL;
  int64_t timeout;
  uint64_t many = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|OO:publish", names, &length, &given) ||
      !native_timeout(given, &timeout) || (length != NULL && length != Py_None && !native_u64(length, &many)))
    return NULL;
  published_slot what = {.slot = native_handle(self)};
  if (what.slot == NULL || !native_may_close(self, "buffers of it are in use: release them first")) return NULL;
  what.length = length != NULL && length != Py_None ? (size_t)many : coview_slot_size(what.slot);
  handle_object* lender = (handle_object*)((handle_object*)self)->lender;
  if (lender != NULL && !native_alone((PyObject*)lender)) return NULL;
  if (lender != NULL) ++lender->users;
  coview_status status = native_wait(self, attempt_publish_slot, &what, timeout, NATIVE_LOCKS);
  if (lender != NULL) --lender->users;
  if (status == -ECANCELED) return NULL;
  if (status < 0) return native_raise(status);
  if (status == COVIEW_TIMED_OUT) Py_RETURN_FALSE;
  ((handle_object*)self)->handle = NULL;
  coview_slot_release(what.slot);
  Py_RETURN_TRUE;
}

static PyObject* slot_release(PyObject* self, PyObject* unused) {
  (void)unused;
  return native_close(self, native_release_slot, "buffers of it are in use: release them first");
}

static void slot_dealloc(PyObject* self) {
  native_dealloc(self, native_release_slot);
}

static Py_ssize_t slot_length(PyObject* self) {
  coview_slot* slot = native_handle(self);
  return slot == NULL ? -1 : (Py_ssize_t)coview_slot_size(slot);
}

static PyMethodDef slot_methods[] = {
    {"publish", WITH_KEYWORDS(slot_publish), METH_VARARGS | METH_KEYWORDS,
     "publish(length=None, timeout=None) -> bool\n\n"
     "Sends its first `length` bytes, or all, and is closed then. False: `timeout` seconds were not enough. "
     "BufferError while "
     "buffers of it are in use."},
    {"release", slot_release, METH_NOARGS, "release()\n\nGives its memory back; nothing is sent."},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", slot_release, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef slot_getters[] = {
    {"closed", native_closed, NULL, "Whether it was published or released.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slot_slots[] = {
    {Py_tp_doc, "Memory for one message, to be filled in place and published: a writable buffer."},
    {Py_tp_dealloc, slot_dealloc},
    {Py_tp_methods, slot_methods},
    {Py_tp_getset, slot_getters},
    {Py_bf_getbuffer, slot_getbuffer},
    {Py_bf_releasebuffer, release_buffer},
    {Py_sq_length, slot_length},
    {0, NULL},
};
#define INNER_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION)
static PyType_Spec slot_spec = {"coview._native.Slot", sizeof(handle_object), 0, INNER_FLAGS, slot_slots};

/* Message -------------------------------------------------------------------------------------------------------- */

static int message_getbuffer(PyObject* self, Py_buffer* buffer, int flags) {
  coview_message* message = native_handle(self);
  buffer->obj = NULL;
  if (message == NULL) return -1;
  if (PyBuffer_FillInfo(buffer, self, (void*)coview_message_data(message), (Py_ssize_t)coview_message_size(message),
                        1, flags))
    return -1;
  ++((handle_object*)self)->users;
  return 0;
}

static PyObject* message_release(PyObject* self, PyObject* unused) {
  (void)unused;
  return native_close(self, native_release_message, "buffers of it are in use: release them first");
}

static void message_dealloc(PyObject* self) {
  native_dealloc(self, native_release_message);
}

static Py_ssize_t message_length(PyObject* self) {
  coview_message* message = native_handle(self);
  return message == NULL ? -1 : (Py_ssize_t)coview_message_size(message);
}

static PyObject* message_bytes(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_message* message = native_handle(self);
  return message == NULL
             ? NULL
             : PyBytes_FromStringAndSize(coview_message_data(message), (Py_ssize_t)coview_message_size(message));
}

#define MESSAGE_GETTER(name, expression)                          \
  static PyObject* message_##name(PyObject* self, void* unused) { \
    (void)unused;                                                 \
    coview_message* message = native_handle(self);                \
    return message == NULL ? NULL : (expression);                 \
  }
MESSAGE_GETTER(sequence, PyLong_FromUnsignedLongLong(coview_message_sequence(message)))
MESSAGE_GETTER(lost, PyLong_FromUnsignedLongLong(coview_message_lost(message)))
MESSAGE_GETTER(deaths, PyLong_FromUnsignedLong(coview_message_deaths(message)))
MESSAGE_GETTER(redelivered, PyBool_FromLong(coview_message_deaths(message) != 0))

static PyMethodDef message_methods[] = {
    {"release", message_release, METH_NOARGS,
     "release()\n\nIt was dealt with. Until then the death of this process has it delivered to another receiver of "
     "the queue. "
     "BufferError while buffers of it are in use."},
    {"__bytes__", message_bytes, METH_NOARGS, "A copy of its bytes."},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", message_release, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef message_getters[] = {
    {"sequence", message_sequence, NULL, "Its place in the order of publication, from 0.", NULL},
    {"lost", message_lost, NULL, "Of a topic: messages that the subscription lost just before it.", NULL},
    {"deaths", message_deaths, NULL, "Of a queue: how many receivers had it before, and died with it.", NULL},
    {"redelivered", message_redelivered, NULL, "Whether a receiver had it before, and died with it.", NULL},
    {"closed", native_closed, NULL, "Whether it was released.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot message_slots[] = {
    {Py_tp_doc, "A received message, in place: a read-only buffer."},
    {Py_tp_dealloc, message_dealloc},
    {Py_tp_methods, message_methods},
    {Py_tp_getset, message_getters},
    {Py_bf_getbuffer, message_getbuffer},
    {Py_bf_releasebuffer, release_buffer},
    {Py_sq_length, message_length},
    {0, NULL},
};
static PyType_Spec message_spec = {"coview._native.Message", sizeof(handle_object), 0, INNER_FLAGS, message_slots};

int native_add_messages(PyObject* module) {
  native.slot = native_add_type(module, &slot_spec);
  native.message = native_add_type(module, &message_spec);
  return native.slot == NULL || native.message == NULL ? -1 : 0;
}
