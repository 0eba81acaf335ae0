-- Tables of the schema for SQLite, written by `dbal generate`; the daemon creates the same by itself.

CREATE TABLE "lua_scripts" (
  "id" TEXT NOT NULL CONSTRAINT "lua_scripts.id" CHECK (length("id") = 36),
  "name" TEXT NOT NULL CONSTRAINT "lua_scripts.name" CHECK (length("name") >= 1 AND length("name") <= 255),
  "description" TEXT,
  "code" TEXT NOT NULL,
  "is_sandboxed" INTEGER NOT NULL DEFAULT 1 CONSTRAINT "lua_scripts.is_sandboxed" CHECK ("is_sandboxed" IN (0, 1)),
  "allowed_globals" TEXT NOT NULL DEFAULT '[]' CONSTRAINT "lua_scripts.allowed_globals" CHECK (json_valid("allowed_globals")),
  "timeout_ms" INTEGER NOT NULL DEFAULT 5000 CONSTRAINT "lua_scripts.timeout_ms" CHECK ("timeout_ms" BETWEEN -2147483648 AND 2147483647 AND "timeout_ms" >= 100 AND "timeout_ms" <= 30000),
  "created_by" TEXT NOT NULL CONSTRAINT "lua_scripts.created_by" CHECK (length("created_by") = 36) REFERENCES "users" ("id"),
  "created_at" TEXT NOT NULL CONSTRAINT "lua_scripts.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "lua_scripts.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "workflows" (
  "id" TEXT NOT NULL CONSTRAINT "workflows.id" CHECK (length("id") = 36),
  "name" TEXT NOT NULL CONSTRAINT "workflows.name" CHECK (length("name") >= 1 AND length("name") <= 255),
  "description" TEXT,
  "trigger" TEXT NOT NULL CONSTRAINT "workflows.trigger" CHECK ("trigger" IN ('manual', 'schedule', 'event', 'webhook')),
  "trigger_config" TEXT NOT NULL CONSTRAINT "workflows.trigger_config" CHECK (json_valid("trigger_config")),
  "steps" TEXT NOT NULL CONSTRAINT "workflows.steps" CHECK (json_valid("steps")),
  "is_active" INTEGER NOT NULL DEFAULT 1 CONSTRAINT "workflows.is_active" CHECK ("is_active" IN (0, 1)),
  "created_by" TEXT NOT NULL CONSTRAINT "workflows.created_by" CHECK (length("created_by") = 36) REFERENCES "users" ("id"),
  "created_at" TEXT NOT NULL CONSTRAINT "workflows.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "workflows.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "components" (
  "id" TEXT NOT NULL CONSTRAINT "components.id" CHECK (length("id") = 36),
  "page_id" TEXT NOT NULL CONSTRAINT "components.page_id" CHECK (length("page_id") = 36) REFERENCES "pages" ("id") ON DELETE CASCADE,
  "parent_id" TEXT CONSTRAINT "components.parent_id" CHECK (length("parent_id") = 36) REFERENCES "components" ("id") ON DELETE CASCADE,
  "component_type" TEXT NOT NULL CONSTRAINT "components.component_type" CHECK (length("component_type") >= 1 AND length("component_type") <= 100),
  "order" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "components.order" CHECK ("order" BETWEEN -2147483648 AND 2147483647 AND "order" >= 0),
  "props" TEXT NOT NULL DEFAULT '{}' CONSTRAINT "components.props" CHECK (json_valid("props")),
  "created_at" TEXT NOT NULL CONSTRAINT "components.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "components.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "packages" (
  "id" TEXT NOT NULL CONSTRAINT "packages.id" CHECK (length("id") = 36),
  "name" TEXT NOT NULL CONSTRAINT "packages.name" CHECK (length("name") >= 1 AND length("name") <= 255),
  "version" TEXT NOT NULL CONSTRAINT "packages.version" CHECK (length("version") <= 100),
  "description" TEXT,
  "author" TEXT NOT NULL CONSTRAINT "packages.author" CHECK (length("author") >= 1 AND length("author") <= 255),
  "manifest" TEXT NOT NULL CONSTRAINT "packages.manifest" CHECK (json_valid("manifest")),
  "is_installed" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "packages.is_installed" CHECK ("is_installed" IN (0, 1)),
  "installed_at" TEXT CONSTRAINT "packages.installed_at" CHECK (length("installed_at") = 24),
  "installed_by" TEXT CONSTRAINT "packages.installed_by" CHECK (length("installed_by") = 36) REFERENCES "users" ("id") ON DELETE SET NULL,
  "created_at" TEXT NOT NULL CONSTRAINT "packages.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "packages.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "pages" (
  "id" TEXT NOT NULL CONSTRAINT "pages.id" CHECK (length("id") = 36),
  "slug" TEXT NOT NULL CONSTRAINT "pages.slug" CHECK (length("slug") >= 1 AND length("slug") <= 255),
  "title" TEXT NOT NULL CONSTRAINT "pages.title" CHECK (length("title") >= 1 AND length("title") <= 255),
  "description" TEXT,
  "level" INTEGER NOT NULL CONSTRAINT "pages.level" CHECK ("level" BETWEEN -2147483648 AND 2147483647 AND "level" >= 1 AND "level" <= 5),
  "layout" TEXT NOT NULL CONSTRAINT "pages.layout" CHECK (json_valid("layout")),
  "is_active" INTEGER NOT NULL DEFAULT 1 CONSTRAINT "pages.is_active" CHECK ("is_active" IN (0, 1)),
  "created_at" TEXT NOT NULL CONSTRAINT "pages.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "pages.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "credentials" (
  "id" TEXT NOT NULL CONSTRAINT "credentials.id" CHECK (length("id") = 36),
  "username" TEXT NOT NULL CONSTRAINT "credentials.username" CHECK (length("username") <= 50) REFERENCES "users" ("username") ON DELETE CASCADE ON UPDATE CASCADE,
  "password_hash" TEXT NOT NULL,
  "first_login" INTEGER NOT NULL DEFAULT 1 CONSTRAINT "credentials.first_login" CHECK ("first_login" IN (0, 1)),
  "created_at" TEXT NOT NULL CONSTRAINT "credentials.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "credentials.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "sessions" (
  "id" TEXT NOT NULL CONSTRAINT "sessions.id" CHECK (length("id") = 36),
  "user_id" TEXT NOT NULL CONSTRAINT "sessions.user_id" CHECK (length("user_id") = 36) REFERENCES "users" ("id") ON DELETE CASCADE,
  "token" TEXT NOT NULL,
  "expires_at" TEXT NOT NULL CONSTRAINT "sessions.expires_at" CHECK (length("expires_at") = 24),
  "created_at" TEXT NOT NULL CONSTRAINT "sessions.created_at" CHECK (length("created_at") = 24),
  "last_activity" TEXT NOT NULL CONSTRAINT "sessions.last_activity" CHECK (length("last_activity") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "users" (
  "id" TEXT NOT NULL CONSTRAINT "users.id" CHECK (length("id") = 36),
  "username" TEXT NOT NULL CONSTRAINT "users.username" CHECK (length("username") >= 3 AND length("username") <= 50),
  "email" TEXT NOT NULL CONSTRAINT "users.email" CHECK (length("email") <= 255),
  "role" TEXT NOT NULL DEFAULT 'user' CONSTRAINT "users.role" CHECK ("role" IN ('user', 'admin', 'god', 'supergod')),
  "created_at" TEXT NOT NULL CONSTRAINT "users.created_at" CHECK (length("created_at") = 24),
  "updated_at" TEXT NOT NULL CONSTRAINT "users.updated_at" CHECK (length("updated_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "dbal_replies" (
  "id" TEXT NOT NULL CONSTRAINT "dbal_replies.id" CHECK (length("id") = 36),
  "scope" TEXT NOT NULL CONSTRAINT "dbal_replies.scope" CHECK (length("scope") <= 255),
  "key" TEXT NOT NULL CONSTRAINT "dbal_replies.key" CHECK (length("key") >= 1 AND length("key") <= 128),
  "digest" TEXT NOT NULL CONSTRAINT "dbal_replies.digest" CHECK (length("digest") <= 64),
  "reply" TEXT NOT NULL CONSTRAINT "dbal_replies.reply" CHECK (json_valid("reply")),
  "expires_at" TEXT NOT NULL CONSTRAINT "dbal_replies.expires_at" CHECK (length("expires_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "dbal_tokens" (
  "id" TEXT NOT NULL CONSTRAINT "dbal_tokens.id" CHECK (length("id") = 36),
  "name" TEXT NOT NULL CONSTRAINT "dbal_tokens.name" CHECK (length("name") >= 1 AND length("name") <= 255),
  "digest" TEXT NOT NULL CONSTRAINT "dbal_tokens.digest" CHECK (length("digest") <= 64),
  "role" TEXT NOT NULL CONSTRAINT "dbal_tokens.role" CHECK (length("role") <= 63),
  "tenant_id" TEXT CONSTRAINT "dbal_tokens.tenant_id" CHECK (length("tenant_id") <= 255),
  "expires_at" TEXT NOT NULL CONSTRAINT "dbal_tokens.expires_at" CHECK (length("expires_at") = 24),
  "created_at" TEXT NOT NULL CONSTRAINT "dbal_tokens.created_at" CHECK (length("created_at") = 24),
  PRIMARY KEY ("id")
) STRICT;

CREATE UNIQUE INDEX "lua_scripts_name_key" ON "lua_scripts" ("name");

CREATE INDEX "lua_scripts_is_sandboxed_idx" ON "lua_scripts" ("is_sandboxed");

CREATE INDEX "lua_scripts_created_by_idx" ON "lua_scripts" ("created_by");

CREATE UNIQUE INDEX "workflows_name_key" ON "workflows" ("name");

CREATE INDEX "workflows_trigger_idx" ON "workflows" ("trigger");

CREATE INDEX "workflows_is_active_idx" ON "workflows" ("is_active");

CREATE INDEX "workflows_created_by_idx" ON "workflows" ("created_by");

CREATE INDEX "components_page_id_order_idx" ON "components" ("page_id", "order");

CREATE INDEX "components_parent_id_idx" ON "components" ("parent_id");

CREATE UNIQUE INDEX "packages_name_version_key" ON "packages" ("name", "version");

CREATE INDEX "packages_is_installed_idx" ON "packages" ("is_installed");

CREATE INDEX "packages_installed_by_idx" ON "packages" ("installed_by");

CREATE UNIQUE INDEX "pages_slug_key" ON "pages" ("slug");

CREATE INDEX "pages_level_idx" ON "pages" ("level");

CREATE INDEX "pages_is_active_idx" ON "pages" ("is_active");

CREATE UNIQUE INDEX "credentials_username_key" ON "credentials" ("username");

CREATE UNIQUE INDEX "sessions_token_key" ON "sessions" ("token");

CREATE INDEX "sessions_user_id_idx" ON "sessions" ("user_id");

CREATE INDEX "sessions_expires_at_idx" ON "sessions" ("expires_at");

CREATE UNIQUE INDEX "users_username_key" ON "users" ("username");

CREATE UNIQUE INDEX "users_email_key" ON "users" ("email");

CREATE INDEX "users_role_idx" ON "users" ("role");

CREATE UNIQUE INDEX "dbal_replies_scope_key_key" ON "dbal_replies" ("scope", "key");

CREATE INDEX "dbal_replies_expires_at_idx" ON "dbal_replies" ("expires_at");

CREATE UNIQUE INDEX "dbal_tokens_digest_key" ON "dbal_tokens" ("digest");

CREATE INDEX "dbal_tokens_expires_at_idx" ON "dbal_tokens" ("expires_at");
