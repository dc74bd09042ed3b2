import pg from 'pg';
import { errorCode } from './transaction.ts';

/** What the server has said of the rows of a statement, by its name; null where it has none. */
export type RowDescriptions = Map<string, object | null>;

/**
 * Statements of one transaction that are sent as one: PostgreSQL answers all of them at once, in their order, and does
 * nothing more after one that failed. A connection that pipelines ends each statement with a Sync of its own, and for
 * each Sync the server ends its command and writes to the socket (PostgreSQL, "Extended Query", Pipelining).
 *
 * `descriptions` are those of the connection: a named statement's rows are described once. A plan that is kept never
 * answers other columns, but fails where a migration has changed them.
 *
 * node-postgres 8 hands a connection's messages to the query in turn; this one hands them on to its own.
 */
export class StatementBatch extends pg.Query {
  readonly statements: DrivenQuery[];
  readonly #descriptions: RowDescriptions;
  /** Of the statement that is being answered: under it the connection remembers what it has parsed. */
  name: string | undefined;
  text = '';
  #answered = 0;

  constructor(statements: readonly pg.Query[], types: pg.CustomTypesConfig, descriptions: RowDescriptions) {
    super('');
    this.#descriptions = descriptions;
    this.statements = statements.map((statement) => statement as DrivenQuery);
    // As the client gives them to what it is asked itself.
    for (const statement of this.statements) statement._result._types = types;
  }

  override submit = (connection: pg.Connection): void => {
    this.#turnTo(0);
    const messages: Uint8Array[] = [];
    const [describing, knowing] = collectingOf(connection, messages);
    let sent = 0;
    // One whose values cannot be written has failed by itself. What comes after it is not sent.
    let isRefused = false;
    for (const statement of this.statements) {
      const { callback } = statement;
      statement.callback = (error, result) => {
        isRefused = true;
        callback(error, result);
      };
      statement.submit(this.#isDescribed(statement) ? knowing : describing);
      statement.callback = callback;
      if (isRefused) break;
      sent += 1;
    }
    const [refused, ...unsent] = this.statements.splice(sent);
    if (refused !== undefined) forget(connection, refused, 'parsedStatements', 'submittedNamedStatements');
    for (const statement of unsent) statement.handleError(aborted(), connection);
    // Without a Sync nothing would be answered.
    connection.sync.call(describing);
    if (connection.stream.writable) connection.stream.write(Buffer.concat(messages));
  };

  handleRowDescription(message: object): void {
    const { name } = this.#current();
    if (name !== undefined) this.#descriptions.set(name, message);
    this.#current().handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    this.#current().handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    const { name } = this.#current();
    if (name !== undefined && !this.#descriptions.has(name)) this.#descriptions.set(name, null);
    this.#current().handleCommandComplete(message, connection);
    this.#turnTo(this.#answered + 1);
  }

  handleEmptyQuery(): void {
    this.#turnTo(this.#answered + 1);
  }

  handleReadyForQuery(connection: pg.Connection): void {
    for (const statement of this.statements) statement.handleReadyForQuery(connection);
  }

  handleError(error: Error, connection: pg.Connection): void {
    const [failed, ...unanswered] = this.statements.splice(this.#answered);
    this.handleReadyForQuery(connection);
    failed?.handleError(error, connection);
    const isOfServer = errorCode(error) !== null && 'severity' in error;
    for (const statement of unanswered) {
      forget(connection, statement, 'submittedNamedStatements');
      statement.handleError(isOfServer ? aborted() : error, connection);
    }
  }

  #current(): DrivenQuery {
    const current = this.statements[this.#answered];
    if (current === undefined) throw new Error('the server answers a statement that was not sent');
    return current;
  }

  #isDescribed({ name }: DrivenQuery): boolean {
    return name !== undefined && this.#descriptions.has(name);
  }

  #turnTo(index: number): void {
    this.#answered = index;
    const current = this.statements[index];
    this.name = current?.name;
    this.text = current?.text ?? '';
    const description = this.name === undefined ? undefined : this.#descriptions.get(this.name);
    if (description) current?.handleRowDescription(description);
  }
}

/**
 * The connection with a stream that only keeps what is written to it, and no end after each statement; and the same
 * without a question for the rows of a statement.
 */
function collectingOf(connection: pg.Connection, messages: Uint8Array[]): [pg.Connection, pg.Connection] {
  const nothing = () => undefined;
  const stream = {
    writable: true,
    write: (message: Uint8Array) => messages.push(message) > 0,
    ...{ cork: nothing, uncork: nothing },
  };
  const describing = Object.create(connection, { stream: { value: stream }, sync: { value: nothing } });
  return [describing, Object.create(describing, { describe: { value: nothing } })];
}

/** As PostgreSQL itself refuses what comes after a failure in a transaction. */
const aborted = () => Object.assign(new Error('a statement before this one has failed'), { code: '25P02' });

/** What node-postgres calls on a query, which its types do not tell. */
interface DrivenQuery extends pg.Query {
  readonly name: string | undefined;
  readonly text: string;
  readonly _result: { _types: pg.CustomTypesConfig };
  callback: (error: Error | undefined, result: unknown) => void;
  handleRowDescription(message: object): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: pg.Connection): void;
  handleReadyForQuery(connection: pg.Connection): void;
  handleError(error: Error, connection: pg.Connection): void;
}

/** The names that a connection takes for parsed, those of which no answer has said so yet by themselves. */
interface KnownStatements {
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
}

/** What was not parsed, or is closed, is parsed when it is next sent. */
function forget(connection: pg.Connection, { name }: DrivenQuery, ...where: (keyof KnownStatements)[]): void {
  if (name === undefined) return;
  const known = connection as unknown as KnownStatements;
  for (const list of where) delete known[list][name];
}
