// SPDX-License-Identifier: Apache-2.0
/** Named memory, locks and messages that several processes see at once, gone with their last holder. */
package coview;
