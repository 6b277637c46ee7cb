/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at queues and topics from outside. */
#include "_native.h"

static PyObject* flag(uint8_t value) {
  return PyBool_FromLong(value);
}

static PyObject* dictionary_of_participant(void const* status, size_t index) {
  coview_participant const* from = coview_channel_status_participant_at(status, index);
  static char const* const roles[] = {"queue", "publisher", "subscriber"};
  size_t const role = (size_t)from->role;
  return Py_BuildValue("{sIsssisIsIsKsKsKsNsNsN}", "number", from->number, "role",
                       role < sizeof roles / sizeof *roles ? roles[role] : "?", "process", (int)from->process, "user",
                       from->user, "held", from->held, "received", (unsigned long long)from->received, "lost",
                       (unsigned long long)from->lost, "lag", (unsigned long long)from->lag, "alive",
                       flag(from->alive), "blocks", flag(from->blocks), "holds_back", flag(from->holds_back));
}

static PyObject* dictionary_of_counts(coview_channel_status const* status) {
  coview_channel_counts const* from = coview_channel_status_counts(status);
  return Py_BuildValue(
      "{sssKsKsKsKsKsKsKsKsKsKsNsKsIsIsNsNsNsN}", "kind", from->kind == COVIEW_KIND_QUEUE ? "queue" : "topic",
      "capacity", (unsigned long long)from->capacity, "largest", (unsigned long long)from->largest, "most_messages",
      (unsigned long long)from->most_messages, "sent", (unsigned long long)from->sent, "depth",
      (unsigned long long)from->depth, "deepest", (unsigned long long)from->deepest, "to_redeliver",
      (unsigned long long)from->to_redeliver, "redelivered", (unsigned long long)from->redelivered, "dropped",
      (unsigned long long)from->dropped, "lost", (unsigned long long)from->lost, "type", native_text(from->type.name),
      "type_size", (unsigned long long)from->type.size, "type_version", from->type.version, "most_participants",
      from->most_participants, "drops_of_the_dead", flag(from->drops_of_the_dead), "subscribers_may_block",
      flag(from->subscribers_may_block), "same_pid_namespace", flag(from->same_pid_namespace), "participants",
      native_list(coview_channel_status_participant_count(status), dictionary_of_participant, status));
}

static PyObject* channel_status(PyObject* module, PyObject* arguments) {
  (void)module;
  char const* name;
  if (!PyArg_ParseTuple(arguments, "s:channel_status", &name)) return NULL;
  coview_channel_status* seen = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_channel_look(name, &seen);
  Py_END_ALLOW_THREADS;
  if (status < 0) return native_raise(status);
  PyObject* made = dictionary_of_counts(seen);
  coview_channel_status_free(seen);
  return made;
}

static PyMethodDef functions[] = {
    {"channel_status", channel_status, METH_VARARGS, "channel_status(name) -> dictionary"},
    {NULL, NULL, 0, NULL},
};

int native_add_status(PyObject* module) {
  return PyModule_AddFunctions(module, functions);
}
