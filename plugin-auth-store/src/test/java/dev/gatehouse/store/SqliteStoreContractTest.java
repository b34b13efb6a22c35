package dev.gatehouse.store;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.store.AuthorizationStoreContract;

class SqliteStoreContractTest extends AuthorizationStoreContract {

  @Override
  protected AuthorizationStore create(PluginContext context) {
    return new SqliteStoreProvider().create(SqliteStoreConfig.defaults(), context);
  }
}
