/**
 * A gateway in another program ({@link dev.gatehouse.launcher.Gatehouse}) or as a command ({@link
 * dev.gatehouse.launcher.Main}).
 *
 * <p>What a Java virtual machine needs to run it without warnings; the bundle's start script passes
 * the same:
 *
 * <ul>
 *   <li>{@code --enable-native-access=dev.gatehouse.launcher,io.netty.common}, and the modules of
 *       plugins that stand on the module path rather than in a plugin directory; with everything on
 *       the class path {@code --enable-native-access=ALL-UNNAMED}
 *   <li>{@code --sun-misc-unsafe-memory-access=allow}, for jnr-ffi in plugins
 *   <li>{@code --add-modules io.netty.transport.epoll.linux.x86_64} (or {@code …linux.aarch_64}) on
 *       Linux: it holds only a native library, so no module asks for it
 *   <li>{@code --add-modules ALL-DEFAULT} if plugin directories are used: plugins find only those
 *       parts of Java that were there from the start
 * </ul>
 *
 * <p>Plugins in directories need Gatehouse on the module path. Passed as objects, they work on the
 * class path, too.
 */
@Stability(Level.STABLE)
package dev.gatehouse.launcher;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
