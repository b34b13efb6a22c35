package dev.gatehouse.store.postgres.io;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Binds the parameters of one of several statements that are sent together. */
interface Binding {

  /** Binds parameters from a number on; returns the number of the next one. */
  int bind(Connection connection, PreparedStatement statement, int first) throws SQLException;
}
