-- Heat's database of release 27.0.1 (alembic head 97b2a986f922), as far as stacks go. For SQLite and for MariaDB.
CREATE TABLE raw_template_files (id INTEGER PRIMARY KEY, files LONGTEXT, created_at DATETIME, updated_at DATETIME);
CREATE TABLE raw_template (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, template LONGTEXT, files LONGTEXT,
  environment LONGTEXT, files_id INTEGER,
  FOREIGN KEY (files_id) REFERENCES raw_template_files (id)
);
CREATE TABLE user_creds (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, username VARCHAR(255), password VARCHAR(255),
  region_name VARCHAR(255), decrypt_method VARCHAR(64), tenant VARCHAR(1024), auth_url TEXT, tenant_id VARCHAR(256),
  trust_id VARCHAR(255), trustor_user_id VARCHAR(64)
);
CREATE TABLE stack (
  id VARCHAR(36) NOT NULL PRIMARY KEY, created_at DATETIME, updated_at DATETIME, deleted_at DATETIME,
  name VARCHAR(255), raw_template_id INTEGER NOT NULL, prev_raw_template_id INTEGER, user_creds_id INTEGER,
  username VARCHAR(256), owner_id VARCHAR(36), action VARCHAR(255), status VARCHAR(255), status_reason TEXT,
  timeout INTEGER, tenant VARCHAR(256), disable_rollback BOOLEAN NOT NULL, stack_user_project_id VARCHAR(64),
  backup BOOLEAN, nested_depth INTEGER, convergence BOOLEAN, current_traversal VARCHAR(36),
  current_deps LONGTEXT, parent_resource_name VARCHAR(255),
  FOREIGN KEY (raw_template_id) REFERENCES raw_template (id),
  FOREIGN KEY (prev_raw_template_id) REFERENCES raw_template (id),
  FOREIGN KEY (user_creds_id) REFERENCES user_creds (id)
);
CREATE INDEX ix_stack_owner_id ON stack (owner_id);
CREATE TABLE stack_lock (
  stack_id VARCHAR(36) NOT NULL PRIMARY KEY, created_at DATETIME, updated_at DATETIME, engine_id VARCHAR(36),
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE stack_tag (
  id INTEGER PRIMARY KEY, tag VARCHAR(80), created_at DATETIME, updated_at DATETIME, stack_id VARCHAR(36) NOT NULL,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE sync_point (
  entity_id VARCHAR(36) NOT NULL, traversal_id VARCHAR(36) NOT NULL, is_update BOOLEAN NOT NULL,
  atomic_key INTEGER NOT NULL, stack_id VARCHAR(36) NOT NULL, input_data LONGTEXT, created_at DATETIME,
  updated_at DATETIME, extra_data LONGTEXT,
  PRIMARY KEY (entity_id, traversal_id, is_update),
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE resource_properties_data (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, data LONGTEXT, encrypted BOOLEAN
);
CREATE TABLE resource (
  id INTEGER PRIMARY KEY, uuid VARCHAR(36), nova_instance VARCHAR(255), name VARCHAR(255), created_at DATETIME,
  updated_at DATETIME, action VARCHAR(255), status VARCHAR(255), status_reason TEXT, stack_id VARCHAR(36) NOT NULL,
  rsrc_metadata LONGTEXT, properties_data LONGTEXT, engine_id VARCHAR(36), atomic_key INTEGER, needed_by LONGTEXT,
  requires LONGTEXT, replaces INTEGER, replaced_by INTEGER, current_template_id INTEGER,
  properties_data_encrypted BOOLEAN, root_stack_id VARCHAR(36), rsrc_prop_data_id INTEGER, attr_data_id INTEGER,
  FOREIGN KEY (current_template_id) REFERENCES raw_template (id),
  FOREIGN KEY (stack_id) REFERENCES stack (id),
  FOREIGN KEY (rsrc_prop_data_id) REFERENCES resource_properties_data (id),
  FOREIGN KEY (attr_data_id) REFERENCES resource_properties_data (id)
);
CREATE UNIQUE INDEX uuid ON resource (uuid);
CREATE TABLE resource_data (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, `key` VARCHAR(255), value TEXT,
  redact BOOLEAN, decrypt_method VARCHAR(64), resource_id INTEGER NOT NULL,
  FOREIGN KEY (resource_id) REFERENCES resource (id) ON DELETE CASCADE
);
CREATE TABLE event (
  id INTEGER PRIMARY KEY, uuid VARCHAR(36), stack_id VARCHAR(36) NOT NULL, created_at DATETIME, updated_at DATETIME,
  resource_action VARCHAR(255), resource_status VARCHAR(255), resource_name VARCHAR(255),
  physical_resource_id VARCHAR(255), resource_status_reason VARCHAR(255), resource_type VARCHAR(255),
  resource_properties BLOB, rsrc_prop_data_id INTEGER,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE snapshot (
  id VARCHAR(36) NOT NULL PRIMARY KEY, stack_id VARCHAR(36) NOT NULL, name VARCHAR(255), created_at DATETIME,
  updated_at DATETIME, action VARCHAR(255), status VARCHAR(255), status_reason VARCHAR(255), data LONGTEXT,
  tenant VARCHAR(64) NOT NULL,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE resource_snapshot (
  id VARCHAR(36) NOT NULL PRIMARY KEY, snapshot_id VARCHAR(36) NOT NULL, resource_name VARCHAR(255) NOT NULL,
  created_at DATETIME, updated_at DATETIME, data LONGTEXT,
  FOREIGN KEY (snapshot_id) REFERENCES snapshot (id)
);
CREATE TABLE service (
  id VARCHAR(36) NOT NULL PRIMARY KEY, engine_id VARCHAR(36) NOT NULL, host VARCHAR(255) NOT NULL,
  hostname VARCHAR(255) NOT NULL, `binary` VARCHAR(255) NOT NULL, topic VARCHAR(255) NOT NULL,
  report_interval INTEGER NOT NULL, created_at DATETIME, updated_at DATETIME, deleted_at DATETIME
);
