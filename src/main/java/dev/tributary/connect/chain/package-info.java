/**
 * The transforms of a connector as one chain: what its configuration says about them, how they find
 * their task's scope, and how a released record passes the transforms after the join.
 */
@NullMarked
package dev.tributary.connect.chain;

import org.jspecify.annotations.NullMarked;
