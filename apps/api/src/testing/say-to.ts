import { connect } from 'node:net';

/** Sends bytes as they are, and reads to the end. */
export const sayTo = (port: number, bytes: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    let text = '';
    socket.on('data', (answered) => {
      text += answered.toString();
    });
    socket.on('end', () => resolve(text)).on('error', reject);
  });
