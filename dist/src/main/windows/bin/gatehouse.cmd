@echo off
rem Starts Gatehouse on a JDK 25. GATEHOUSE_JAVA_OPTIONS adds options of the Java virtual machine;
rem GATEHOUSE_PROFILE is small, default or server: how much memory and which collector.
setlocal EnableExtensions DisableDelayedExpansion
for %%I in ("%~dp0..") do set "GATEHOUSE_HOME=%%~fI"
call "%~dp0find-jdk.cmd"
if errorlevel 1 exit /b 2

rem Every command but the gateway is over before a better compiler would pay off.
set "OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
if not defined GATEHOUSE_PROFILE set "GATEHOUSE_PROFILE=default"
set "RUN="
if "%GATEHOUSE_PROFILE%"=="small" set "RUN=-XX:+UseSerialGC -Xms16m -Xmn6m -Xmx96m -Xss512k -XX:ReservedCodeCacheSize=32m -XX:TieredStopAtLevel=1"
if "%GATEHOUSE_PROFILE%"=="default" set "RUN=-XX:+UseSerialGC -Xms24m -Xmn8m -XX:MetaspaceSize=64m -XX:ReservedCodeCacheSize=64m"
if "%GATEHOUSE_PROFILE%"=="server" set "RUN=-XX:+UseG1GC -Xms256m -XX:MaxGCPauseMillis=5"
if not defined RUN (
  echo gatehouse: GATEHOUSE_PROFILE is '%GATEHOUSE_PROFILE%', which is none of small, default and server. 1>&2
  exit /b 2
)
if /i "%~1"=="run" set "OPTIONS=%RUN%"

"%GATEHOUSE_JAVA%" ^
  --module-path "%GATEHOUSE_HOME%\lib" ^
  --add-modules ALL-DEFAULT ^
  --enable-native-access=dev.gatehouse.launcher,io.netty.common ^
  --sun-misc-unsafe-memory-access=allow ^
  %OPTIONS% ^
  "-Dgatehouse.plugins=%GATEHOUSE_HOME%\plugins" ^
  "-Dgatehouse.profile=%GATEHOUSE_PROFILE%" ^
  %GATEHOUSE_JAVA_OPTIONS% ^
  --module dev.gatehouse.launcher/dev.gatehouse.launcher.Main %*
exit /b %ERRORLEVEL%
