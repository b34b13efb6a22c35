# Stops and removes the Windows service. State, configuration and logs stay in
# %ProgramData%\Gatehouse; remove that folder to forget them.
#Requires -Version 5.1
#Requires -RunAsAdministrator
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

if (Get-Service -Name Gatehouse -ErrorAction SilentlyContinue) {
  Stop-Service -Name Gatehouse
  & sc.exe delete Gatehouse | Out-Null
  if ($LASTEXITCODE -ne 0) { throw 'The service could not be removed.' }
}
Write-Output 'The service is removed. State, configuration and logs are left in %ProgramData%\Gatehouse.'
