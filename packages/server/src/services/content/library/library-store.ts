import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { libraryErrors, type LibraryElement } from './library.ts';

interface Row {
  id: number;
  org_id: number;
  uid: string;
  name: string;
  type: string;
  description: string;
  model: string;
  version: number;
  folder_uid: string;
  created: number;
  created_by: number;
  updated: number;
  updated_by: number;
}

interface LibraryTables {
  library_element: Row;
}

export const libraryMigrations: readonly Migration[] = [{
  id: 'library-element-0001-table',
  async up(db, name) {
    const types = columns(name);
    await db.schema.createTable('library_element')
      .addColumn('id', ...types.id).addColumn('org_id', types.bigint, (c) => c.notNull()).addColumn('uid', types.varchar(40), (c) => c.notNull())
      .addColumn('name', types.text, (c) => c.notNull()).addColumn('type', types.varchar(190), (c) => c.notNull()).addColumn('description', types.longtext, (c) => c.notNull())
      .addColumn('model', types.longtext, (c) => c.notNull()).addColumn('version', types.bigint, (c) => c.notNull()).addColumn('folder_uid', types.varchar(40), (c) => c.notNull())
      .addColumn('created', types.datetime, (c) => c.notNull()).addColumn('created_by', types.bigint, (c) => c.notNull())
      .addColumn('updated', types.datetime, (c) => c.notNull()).addColumn('updated_by', types.bigint, (c) => c.notNull()).execute();
    await db.schema.createIndex('library_element_uid').on('library_element').columns(['org_id', 'uid']).unique().execute();
    await db.schema.createIndex('library_element_folder').on('library_element').columns(['org_id', 'folder_uid']).execute();
  },
}];

export interface LibraryStore {
  insert(element: Omit<LibraryElement, 'id'>): Promise<LibraryElement>;
  find(orgId: number, uid: string): Promise<LibraryElement | undefined>;
  all(orgId: number): Promise<readonly LibraryElement[]>;
  inFolders(orgId: number, folders: readonly string[]): Promise<readonly LibraryElement[]>;
  /** False when the version is not `expected` any more. */
  update(element: LibraryElement, expected: number): Promise<boolean>;
  delete(orgId: number, id: number): Promise<void>;
}

const fromRow = (row: Row): LibraryElement => ({
  id: row.id, orgId: row.org_id, uid: row.uid, name: row.name, type: row.type, description: row.description, model: row.model, version: row.version,
  folderUid: row.folder_uid, created: row.created, createdBy: row.created_by, updated: row.updated, updatedBy: row.updated_by,
});

const toRow = (element: Omit<LibraryElement, 'id'>): Omit<Row, 'id'> => ({
  org_id: element.orgId, uid: element.uid, name: element.name, type: element.type, description: element.description, model: element.model, version: element.version,
  folder_uid: element.folderUid, created: element.created, created_by: element.createdBy, updated: element.updated, updated_by: element.updatedBy,
});

export function createLibraryStore(db: Database): LibraryStore {
  const q = () => db.tables<LibraryTables>();
  const refuseDouble = (error: unknown): never => {
    throw isUniqueViolation(error) ? libraryErrors.exists() : error;
  };
  return {
    async insert(element) {
      const id = await db.insertReturningId('library_element', toRow(element)).catch(refuseDouble);
      return { ...element, id };
    },
    async find(orgId, uid) {
      const row = await q().selectFrom('library_element').selectAll().where('org_id', '=', orgId).where('uid', '=', uid).executeTakeFirst();
      return row && fromRow(row);
    },
    async all(orgId) {
      return (await q().selectFrom('library_element').selectAll().where('org_id', '=', orgId).execute()).map(fromRow);
    },
    async inFolders(orgId, folders) {
      const found: LibraryElement[] = [];
      for (let i = 0; i < folders.length; i += 1_000) {
        const rows = await q().selectFrom('library_element').selectAll().where('org_id', '=', orgId).where('folder_uid', 'in', folders.slice(i, i + 1_000)).execute();
        found.push(...rows.map(fromRow));
      }
      return found;
    },
    async update(element, expected) {
      const result = await q().updateTable('library_element').set(toRow(element)).where('id', '=', element.id).where('version', '=', expected).executeTakeFirst().catch(refuseDouble);
      return result.numUpdatedRows > 0n;
    },
    async delete(orgId, id) {
      await q().deleteFrom('library_element').where('org_id', '=', orgId).where('id', '=', id).execute();
    },
  };
}
