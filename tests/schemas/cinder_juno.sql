-- Cinder's database of release 2014.2, as far as volumes, snapshots and backups go: attachments are columns of volumes.
-- For SQLite and for MariaDB.
CREATE TABLE volume_types (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(255)
);
CREATE TABLE volumes (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  ec2_id VARCHAR(255), user_id VARCHAR(255), project_id VARCHAR(255), host VARCHAR(255), size INTEGER,
  availability_zone VARCHAR(255), instance_uuid VARCHAR(36), attached_host VARCHAR(255), mountpoint VARCHAR(255),
  attach_time VARCHAR(255), status VARCHAR(255), attach_status VARCHAR(255), scheduled_at DATETIME,
  launched_at DATETIME, terminated_at DATETIME, display_name VARCHAR(255), display_description VARCHAR(255),
  provider_location VARCHAR(256), provider_auth VARCHAR(256), snapshot_id VARCHAR(36), volume_type_id VARCHAR(36),
  source_volid VARCHAR(36), bootable BOOLEAN, provider_geometry VARCHAR(255), _name_id VARCHAR(36),
  encryption_key_id VARCHAR(36), migration_status VARCHAR(255), replication_status VARCHAR(255),
  replication_extended_status VARCHAR(255), replication_driver_data VARCHAR(255), consistencygroup_id VARCHAR(36)
);
CREATE TABLE volume_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255),
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE volume_admin_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255),
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE volume_glance_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  volume_id VARCHAR(36), snapshot_id VARCHAR(36), `key` VARCHAR(255), value TEXT
);
CREATE TABLE transfers (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, display_name VARCHAR(255), salt VARCHAR(255), crypt_hash VARCHAR(255),
  expires_at DATETIME
);
CREATE TABLE snapshots (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, user_id VARCHAR(255), project_id VARCHAR(255), status VARCHAR(255),
  progress VARCHAR(255), volume_size INTEGER, display_name VARCHAR(255), volume_type_id VARCHAR(36),
  cgsnapshot_id VARCHAR(36),
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE snapshot_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  snapshot_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255)
);
CREATE TABLE backups (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, user_id VARCHAR(255), project_id VARCHAR(255), host VARCHAR(255),
  display_name VARCHAR(255), container VARCHAR(255), status VARCHAR(255), fail_reason VARCHAR(255), size INTEGER
);
CREATE TABLE quota_usages (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  project_id VARCHAR(255), resource VARCHAR(255), in_use INTEGER NOT NULL, reserved INTEGER NOT NULL,
  until_refresh INTEGER
);
