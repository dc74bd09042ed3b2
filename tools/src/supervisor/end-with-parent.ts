// Loaded before a program with `node --import`. Its parent holds the other end of the channel: when it closes the
// parent is gone, were it by `kill -9`, and the program ends as it would by SIGTERM.
const graceSeconds = 20;

if (process.channel !== undefined) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(1), graceSeconds * 1000).unref();
  });
  // Only the listener is wanted: an open channel must not keep a program alive that is done.
  process.channel.unref();
}
