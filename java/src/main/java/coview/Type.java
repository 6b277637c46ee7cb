// SPDX-License-Identifier: Apache-2.0
package coview;

/**
 * What a channel carries: compared when it is opened, and refused where it has another one.
 *
 * @param name what all languages call it, at most 255 bytes
 * @param size bytes of each message; 0: they vary
 * @param version of the type
 */
public record Type(String name, long size, int version) {}
