-- Tables of the schema for MySQL, written by `dbal generate`; the daemon creates the same by itself.

CREATE TABLE `lua_scripts` (
  `id` char(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `description` longtext,
  `code` longtext NOT NULL,
  `is_sandboxed` tinyint(1) NOT NULL DEFAULT 1,
  `allowed_globals` json NOT NULL DEFAULT ('[]'),
  `timeout_ms` int NOT NULL DEFAULT 5000,
  `created_by` char(36) NOT NULL,
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `lua_scripts.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `lua_scripts.name` CHECK (char_length(`name`) >= 1 AND char_length(`name`) <= 255),
  CONSTRAINT `lua_scripts.is_sandboxed` CHECK (`is_sandboxed` IN (0, 1)),
  CONSTRAINT `lua_scripts.timeout_ms` CHECK (`timeout_ms` >= 100 AND `timeout_ms` <= 30000)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `workflows` (
  `id` char(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `description` longtext,
  `trigger` varchar(8) NOT NULL,
  `trigger_config` json NOT NULL,
  `steps` json NOT NULL,
  `is_active` tinyint(1) NOT NULL DEFAULT 1,
  `created_by` char(36) NOT NULL,
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `workflows.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `workflows.name` CHECK (char_length(`name`) >= 1 AND char_length(`name`) <= 255),
  CONSTRAINT `workflows.trigger` CHECK (`trigger` IN ('manual', 'schedule', 'event', 'webhook')),
  CONSTRAINT `workflows.is_active` CHECK (`is_active` IN (0, 1))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `components` (
  `id` char(36) NOT NULL,
  `page_id` char(36) NOT NULL,
  `parent_id` char(36),
  `component_type` varchar(100) NOT NULL,
  `order` int NOT NULL DEFAULT 0,
  `props` json NOT NULL DEFAULT ('{}'),
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `components.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `components.component_type` CHECK (char_length(`component_type`) >= 1 AND char_length(`component_type`) <= 100),
  CONSTRAINT `components.order` CHECK (`order` >= 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `packages` (
  `id` char(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `version` varchar(100) NOT NULL,
  `description` longtext,
  `author` varchar(255) NOT NULL,
  `manifest` json NOT NULL,
  `is_installed` tinyint(1) NOT NULL DEFAULT 0,
  `installed_at` datetime(3),
  `installed_by` char(36),
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `packages.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `packages.name` CHECK (char_length(`name`) >= 1 AND char_length(`name`) <= 255),
  CONSTRAINT `packages.version` CHECK (char_length(`version`) <= 100),
  CONSTRAINT `packages.author` CHECK (char_length(`author`) >= 1 AND char_length(`author`) <= 255),
  CONSTRAINT `packages.is_installed` CHECK (`is_installed` IN (0, 1))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `pages` (
  `id` char(36) NOT NULL,
  `slug` varchar(255) NOT NULL,
  `title` varchar(255) NOT NULL,
  `description` longtext,
  `level` int NOT NULL,
  `layout` json NOT NULL,
  `is_active` tinyint(1) NOT NULL DEFAULT 1,
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `pages.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `pages.slug` CHECK (char_length(`slug`) >= 1 AND char_length(`slug`) <= 255),
  CONSTRAINT `pages.title` CHECK (char_length(`title`) >= 1 AND char_length(`title`) <= 255),
  CONSTRAINT `pages.level` CHECK (`level` >= 1 AND `level` <= 5),
  CONSTRAINT `pages.is_active` CHECK (`is_active` IN (0, 1))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `credentials` (
  `id` char(36) NOT NULL,
  `username` varchar(50) NOT NULL,
  `password_hash` longtext NOT NULL,
  `first_login` tinyint(1) NOT NULL DEFAULT 1,
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `credentials.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `credentials.first_login` CHECK (`first_login` IN (0, 1))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `sessions` (
  `id` char(36) NOT NULL,
  `user_id` char(36) NOT NULL,
  `token` varchar(255) NOT NULL,
  `expires_at` datetime(3) NOT NULL,
  `created_at` datetime(3) NOT NULL,
  `last_activity` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `sessions.id` CHECK (char_length(`id`) = 36)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `users` (
  `id` char(36) NOT NULL,
  `username` varchar(50) NOT NULL,
  `email` varchar(255) NOT NULL,
  `role` varchar(8) NOT NULL DEFAULT 'user',
  `created_at` datetime(3) NOT NULL,
  `updated_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `users.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `users.username` CHECK (char_length(`username`) >= 3 AND char_length(`username`) <= 50),
  CONSTRAINT `users.email` CHECK (char_length(`email`) <= 255),
  CONSTRAINT `users.role` CHECK (`role` IN ('user', 'admin', 'god', 'supergod'))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `dbal_replies` (
  `id` char(36) NOT NULL,
  `scope` varchar(255) NOT NULL,
  `key` varchar(128) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `reply` json NOT NULL,
  `expires_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `dbal_replies.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `dbal_replies.scope` CHECK (char_length(`scope`) <= 255),
  CONSTRAINT `dbal_replies.key` CHECK (char_length(`key`) >= 1 AND char_length(`key`) <= 128),
  CONSTRAINT `dbal_replies.digest` CHECK (char_length(`digest`) <= 64)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `dbal_tokens` (
  `id` char(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `role` varchar(63) NOT NULL,
  `tenant_id` varchar(255),
  `expires_at` datetime(3) NOT NULL,
  `created_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `dbal_tokens.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `dbal_tokens.name` CHECK (char_length(`name`) >= 1 AND char_length(`name`) <= 255),
  CONSTRAINT `dbal_tokens.digest` CHECK (char_length(`digest`) <= 64),
  CONSTRAINT `dbal_tokens.role` CHECK (char_length(`role`) <= 63),
  CONSTRAINT `dbal_tokens.tenant_id` CHECK (char_length(`tenant_id`) <= 255)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin ROW_FORMAT=DYNAMIC;

CREATE UNIQUE INDEX `lua_scripts_name_key` ON `lua_scripts` (`name`);

CREATE INDEX `lua_scripts_is_sandboxed_idx` ON `lua_scripts` (`is_sandboxed`);

CREATE INDEX `lua_scripts_created_by_idx` ON `lua_scripts` (`created_by`);

CREATE UNIQUE INDEX `workflows_name_key` ON `workflows` (`name`);

CREATE INDEX `workflows_trigger_idx` ON `workflows` (`trigger`);

CREATE INDEX `workflows_is_active_idx` ON `workflows` (`is_active`);

CREATE INDEX `workflows_created_by_idx` ON `workflows` (`created_by`);

CREATE INDEX `components_page_id_order_idx` ON `components` (`page_id`, `order`);

CREATE INDEX `components_parent_id_idx` ON `components` (`parent_id`);

CREATE UNIQUE INDEX `packages_name_version_key` ON `packages` (`name`, `version`);

CREATE INDEX `packages_is_installed_idx` ON `packages` (`is_installed`);

CREATE INDEX `packages_installed_by_idx` ON `packages` (`installed_by`);

CREATE UNIQUE INDEX `pages_slug_key` ON `pages` (`slug`);

CREATE INDEX `pages_level_idx` ON `pages` (`level`);

CREATE INDEX `pages_is_active_idx` ON `pages` (`is_active`);

CREATE UNIQUE INDEX `credentials_username_key` ON `credentials` (`username`);

CREATE UNIQUE INDEX `sessions_token_key` ON `sessions` (`token`);

CREATE INDEX `sessions_user_id_idx` ON `sessions` (`user_id`);

CREATE INDEX `sessions_expires_at_idx` ON `sessions` (`expires_at`);

CREATE UNIQUE INDEX `users_username_key` ON `users` (`username`);

CREATE UNIQUE INDEX `users_email_key` ON `users` (`email`);

CREATE INDEX `users_role_idx` ON `users` (`role`);

CREATE UNIQUE INDEX `dbal_replies_scope_key_key` ON `dbal_replies` (`scope`, `key`);

CREATE INDEX `dbal_replies_expires_at_idx` ON `dbal_replies` (`expires_at`);

CREATE UNIQUE INDEX `dbal_tokens_digest_key` ON `dbal_tokens` (`digest`);

CREATE INDEX `dbal_tokens_expires_at_idx` ON `dbal_tokens` (`expires_at`);

ALTER TABLE `lua_scripts` ADD CONSTRAINT `lua_scripts_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `users` (`id`);

ALTER TABLE `workflows` ADD CONSTRAINT `workflows_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `users` (`id`);

ALTER TABLE `components` ADD CONSTRAINT `components_page_id_fkey` FOREIGN KEY (`page_id`) REFERENCES `pages` (`id`) ON DELETE CASCADE;

ALTER TABLE `components` ADD CONSTRAINT `components_parent_id_fkey` FOREIGN KEY (`parent_id`) REFERENCES `components` (`id`) ON DELETE CASCADE;

ALTER TABLE `packages` ADD CONSTRAINT `packages_installed_by_fkey` FOREIGN KEY (`installed_by`) REFERENCES `users` (`id`) ON DELETE SET NULL;

ALTER TABLE `credentials` ADD CONSTRAINT `credentials_username_fkey` FOREIGN KEY (`username`) REFERENCES `users` (`username`) ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE `sessions` ADD CONSTRAINT `sessions_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE;
