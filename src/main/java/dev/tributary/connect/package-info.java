/**
 * The plugin classes: what a connector's configuration names. Everything below this package is
 * internal and may change with any release.
 */
@NullMarked
package dev.tributary.connect;

import org.jspecify.annotations.NullMarked;
