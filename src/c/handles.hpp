// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <coview/channel_status.hpp>
#include <coview/copy_tree.hpp>
#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/semaphore.hpp>
#include <coview/timer.hpp>
#include <coview/topic.hpp>

/// What the handles of the C interface are: the objects of C++. Slots and messages keep what they came from.

struct coview_mapping {
  coview::mapping object;
};
struct coview_view {
  coview::view object;
};
struct coview_mutex {
  coview::mutex object;
};
struct coview_event {
  coview::event object;
};
struct coview_semaphore {
  coview::semaphore object;
};
struct coview_timer {
  coview::timer object;
};
struct coview_queue {
  std::shared_ptr<coview::queue const> object;
};
struct coview_topic {
  coview::topic object;
};
struct coview_publisher {
  std::shared_ptr<coview::publisher const> object;
};
struct coview_subscription {
  std::shared_ptr<coview::subscription const> object;
};

/// Members are destroyed from the last to the first: the slot before what it came from.
struct coview_slot {
  std::shared_ptr<void const> from;
  coview::slot object;
};
struct coview_message {
  std::shared_ptr<void const> from;  // empty of a copy
  std::variant<coview::queue_message, coview::topic_message> object;
};

struct coview_object_list {
  std::vector<coview::object_info> infos;  // the texts
  std::vector<coview_object> objects;
};
struct coview_holder_list {
  coview::holders_seen seen;  // the texts
  std::vector<coview_holder> holders;
};
struct coview_channel_status {
  coview::channel_status seen;  // the text
  coview_channel_counts counts;
  std::vector<coview_participant> participants;
};
struct coview_tree_report {
  coview::tree_report done;  // the texts
  coview_tree_counts counts;
  std::vector<coview_tree_failure> failures;
};
